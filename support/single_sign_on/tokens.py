"""Whether an ID token is good (OpenID Connect Core 1.0, §3.1.3.7): signed by the provider, for us, now, and for this sign-in."""

from typing import Any

import jwt
from django.conf import settings
from django.utils.crypto import constant_time_compare
from jwt.types import Options

from config.common import clock

# None with a shared secret: whoever has the provider's public key must not be able to sign (RFC 8725, 3.1).
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
LEEWAY_SECONDS = 30


class Refused(Exception):
    """Somebody is not let in. `reason` is for the log, and never for them."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


def verified(token: str, keys: dict[str, Any], issuer: str, nonce: str) -> dict[str, Any]:
    """The token's claims. keys: the provider's JSON Web Key Set. nonce: of the sign-in that this is the end of."""
    # Times are judged below, by a clock that is the same for all processes.
    options: Options = {"require": ["iss", "sub", "aud", "exp", "iat"], "verify_exp": False}
    options |= {"verify_nbf": False, "verify_iat": False}
    try:
        key = _key(token, keys)
        audience = settings.OIDC_CLIENT_ID
        claims: dict[str, Any] = jwt.decode(token, key, ALGORITHMS, options, audience=audience, issuer=issuer)
        if clock.timestamp() >= float(claims["exp"]) + LEEWAY_SECONDS:
            raise Refused("expired")
    except (jwt.PyJWTError, ValueError, TypeError, AttributeError) as error:
        raise Refused("token") from error
    if not constant_time_compare(str(claims.get("nonce")), nonce):
        raise Refused("nonce")
    if claims.get("azp", settings.OIDC_CLIENT_ID) != settings.OIDC_CLIENT_ID:
        raise Refused("authorized_party")
    return claims


def _key(token: str, keys: dict[str, Any]) -> jwt.PyJWK:
    name = jwt.get_unverified_header(token).get("kid")
    found = [key for key in jwt.PyJWKSet.from_dict(keys).keys if name is None or key.key_id == name]
    if len(found) != 1:
        raise Refused("key")
    return found[0]


def completed(claims: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    """The claims with those of the UserInfo endpoint, which must be about the same person (§5.3.2)."""
    if more.get("sub") != claims["sub"]:
        raise Refused("subject")
    return {**more, **claims}
