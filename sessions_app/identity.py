"""Signed identities: a JWT the customer's own site makes with the inbox's secret, saying who its user is."""

from dataclasses import dataclass

import jwt
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from config.common import clock, events
from config.common.errors import Unauthorized
from config.common.text import storable

LEEWAY_SECONDS = 30


class Identity(BaseModel):
    """`sub` is the customer's id in the site's own system."""

    model_config = ConfigDict(strict=True, extra="ignore")

    sub: str = Field(min_length=1, max_length=255)
    email: str = Field(default="", max_length=320)
    name: str = Field(default="", max_length=255)


@dataclass(frozen=True)
class _Expiry:
    exp: float
    nbf: float


def verify(token: str, secret: str) -> Identity:
    """The identity a valid token carries. Unauthorized for every flaw, without saying which: it is logged instead."""
    try:
        payload = jwt.decode(
            token,
            secret,
            ["HS256"],
            options={
                "require": ["sub", "exp"],
                "verify_exp": False,
                "verify_nbf": False,
                "verify_iat": False,
                "verify_aud": False,
            },
        )
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
