"""Security keys and passkeys (WebAuthn, level 2). The challenge waits in the session, and is good for one answer.

The library behind it is loaded when somebody first has to do with a key.
"""

import struct
from contextlib import suppress
from typing import Any

from allauth.mfa.models import Authenticator
from cryptography.exceptions import InvalidSignature
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError

from config.common import clock
from config.common.errors import Invalid

# What comes out of the libraries for an answer that is none, or somebody else's.
_REFUSALS = (
    ValidationError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    AssertionError,
    NotImplementedError,
    struct.error,
)


def creation_options(user: User) -> dict[str, Any]:
    """What the browser needs to make a credential for the user; keys that they have already are refused by it."""
    from allauth.mfa.webauthn.internal import auth

    options: dict[str, Any] = auth.begin_registration(user, passwordless=False)
    return options


def check_new(credential: Any) -> None:
    """Invalid unless the credential answers the challenge, for this site, with a key whose signatures can be checked."""
    from allauth.mfa.webauthn.internal import auth

    try:
        auth.parse_registration_response(credential)
        made = auth.complete_registration(credential)
        with suppress(InvalidSignature):
            made.credential_data.public_key.verify(b"", b"")
    except _REFUSALS as error:
        raise Invalid("This key was not accepted. Try again, or use another one.") from error


def request_options(user: User) -> dict[str, Any] | None:
    """What the browser needs to ask for one of the user's keys; None when there are none."""
    if not Authenticator.objects.filter(user=user, type=Authenticator.Type.WEBAUTHN).exists():
        return None
    from allauth.mfa.webauthn.internal import auth

    options: dict[str, Any] = auth.begin_authentication(user)
    return options


def accept(user: User, credential: Any) -> Authenticator | None:
    """The one of the user's keys that the answer was made with; None: it was made with none."""
    from allauth.mfa.webauthn.internal import auth

    try:
        auth.parse_authentication_response(credential)
        row = auth.complete_authentication(user, credential)
    except _REFUSALS:
        return None
    Authenticator.objects.filter(pk=row.pk).update(last_used_at=clock.now())
    return row
