"""Session tokens: JWTs signed with a key derived from SECRET_KEY.

A token is a function of the session and its generation, so that refreshing twice with the same token gives the same
successor. It also names customer and conversation: when Redis has lost the session, an unrevoked token still proves
whose conversation it was.
"""

from dataclasses import dataclass
from uuid import UUID

import jwt

from config.common import clock, crypto
from config.common.errors import Unauthorized

LIFETIME_SECONDS = 3600
_ALGORITHM = "HS256"


@dataclass(frozen=True)
class Claims:
    """What a token says: ids, the generation it belongs to, and when it was issued (seconds since the epoch)."""

    session: UUID
    inbox: UUID
    customer: UUID
    conversation: UUID
    generation: int
    issued_at: int

    @property
    def expires_at(self) -> int:
        return self.issued_at + LIFETIME_SECONDS

    @property
    def expired(self) -> bool:
        return clock.timestamp() >= self.expires_at


def _key() -> bytes:
    return crypto.derive_key("session-token")


def sign(claims: Claims) -> str:
    """The token of `claims`; the same claims give the same token."""
    payload = {
        "sid": claims.session.hex,
        "inb": claims.inbox.hex,
        "cus": claims.customer.hex,
        "cnv": claims.conversation.hex,
        "gen": claims.generation,
        "iat": claims.issued_at,
        "exp": claims.expires_at,
    }
    return jwt.encode(payload, _key(), _ALGORITHM)


def read(token: str) -> Claims:
    """The claims of a token we signed, expired or not; Unauthorized for anything else.

    Expiry is left to the caller, who judges it by the server's clock (config.common.clock).
    """
    try:
        payload = jwt.decode(
            token, _key(), [_ALGORITHM], options={"verify_exp": False, "verify_iat": False, "require": ["sid", "exp"]}
        )
        return Claims(
            session=UUID(payload["sid"]),
            inbox=UUID(payload["inb"]),
            customer=UUID(payload["cus"]),
            conversation=UUID(payload["cnv"]),
            generation=int(payload["gen"]),
            issued_at=int(payload["iat"]),
        )
    except (jwt.PyJWTError, KeyError, ValueError, TypeError, AttributeError) as error:
        raise Unauthorized() from error
