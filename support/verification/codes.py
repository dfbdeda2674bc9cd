"""Codes: how one is made, and what is kept of it."""

import hashlib
import hmac
import secrets

from config.common.crypto import derive_key
from config.common.errors import Invalid
from support.verification.limits import DIGITS
from support.verification.models import EmailChallenge


def new() -> str:
    """A code, each as likely as any other."""
    return f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"


def digest(challenge: EmailChallenge, code: str) -> str:
    """What is kept of a code: worth nothing without SECRET_KEY, and for another action, person or address."""
    bound = f"{challenge.action_id}|{challenge.number}|{challenge.customer_id}|{challenge.address}|{code}"
    return hashlib.blake2b(bound.encode(), key=derive_key("email-code"), digest_size=32).hexdigest()


def fits(challenge: EmailChallenge, code: str) -> bool:
    """Whether it is the challenge's code; takes as long either way."""
    return hmac.compare_digest(digest(challenge, code), challenge.digest)


def written(text: str) -> str:
    """A code as somebody typed it, `123 456` as well. Invalid for what cannot be one."""
    code = "".join(text.split())
    if not (len(code) == DIGITS and code.isascii() and code.isdigit()):
        message = f"has {DIGITS} digits"
        raise Invalid(f"The code {message}.", [{"field": "code", "message": message}])
    return code
