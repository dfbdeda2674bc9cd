"""Signed identities: a JWT (RFC 7519) that says who the user of the customer's own site is.

The site signs it with the inbox's secret (HS256), or its identity provider with a key it publishes (RS256).
"""

from dataclasses import dataclass

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt.types import Options
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from config.common import clock, events
from config.common.errors import Unauthorized
from config.common.text import storable
from sessions_app import keysets

LEEWAY_SECONDS = 30


class Identity(BaseModel):
    """`sub` is the customer's id in the site's own system.

    email_verified: the claim of OpenID Connect (Core 1.0, 5.1), as it came: only the JSON `true` says something.
    """

    model_config = ConfigDict(strict=True, extra="ignore")

    sub: str = Field(min_length=1, max_length=255)
    email: str = Field(default="", max_length=320)
    name: str = Field(default="", max_length=255)
    email_verified: object = None


@dataclass(frozen=True)
class Trust:
    """Whose identities are believed. keys_url: where a provider publishes its keys. audience: whom tokens must be for.

    Empty: there is no provider; any audience will do.
    """

    secret: str
    keys_url: str = ""
    audience: str = ""


@dataclass(frozen=True)
class _Expiry:
    exp: float
    nbf: float


def verify(token: str, trust: Trust) -> Identity:
    """The identity a valid token carries. Unauthorized for every flaw, without saying which: it is logged instead.

    Unavailable when the provider's keys cannot be had. May fetch them: not for use inside a transaction.
    """
    try:
        algorithm, key = _key(token, trust)
        # Times are judged below, by a clock that is the same for all processes.
        options: Options = {"require": ["sub", "exp"], "verify_exp": False, "verify_nbf": False, "verify_iat": False}
        options["verify_aud"] = bool(trust.audience)
        payload = jwt.decode(token, key, [algorithm], options=options, audience=trust.audience or None)
        expiry = _Expiry(float(payload["exp"]), float(payload.get("nbf", 0)))
        if not expiry.nbf - LEEWAY_SECONDS <= clock.timestamp() < expiry.exp + LEEWAY_SECONDS:
            raise jwt.ExpiredSignatureError("outside its time")
        identity = Identity.model_validate(payload)
        if not all(map(storable, (identity.sub, identity.email, identity.name))):
            raise jwt.InvalidTokenError("text that cannot be stored")
    except (jwt.PyJWTError, ValidationError, ValueError, TypeError) as error:
        events.emit(events.Event.IDENTITY_REFUSED, "warning", reason=type(error).__name__)
        raise Unauthorized("The identity token is not valid.") from error
    return identity


def _key(token: str, trust: Trust) -> tuple[str, str | RSAPublicKey]:
    """The algorithm the token is checked with, and the key that goes with it and with no other (RFC 8725, 3.1)."""
    header = jwt.get_unverified_header(token)
    if header["alg"] != "RS256" or not trust.keys_url:
        return "HS256", trust.secret
    key = keysets.find(trust.keys_url, header.get("kid"))
    if key is None:
        raise jwt.InvalidKeyError("the provider has no such key")
    return "RS256", key
