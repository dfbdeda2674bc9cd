"""The public keys of an identity provider (JWKS, RFC 7517 and 7518), fetched when needed and kept by each process."""

import json
import threading
from dataclasses import dataclass, field
from time import monotonic

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from config.common import events, fetch
from config.common.errors import Unavailable

# Keys are used this long before they are asked for again, and this long when they cannot be fetched.
KEPT_SECONDS, STALE_SECONDS = 600.0, 86_400.0
# A key that is not known may be new; however many tokens name one, the provider is asked this rarely.
PAUSE_SECONDS = 30.0
# Shorter RSA keys are not to be trusted (NIST SP 800-131A).
RSA_BITS = 2048
LIMITS = fetch.Limits(seconds=5.0, size=256 * 1024, redirects=3)


class BadKeySet(ValueError):
    """What is at the address holds no key that could be used; fit to be shown."""


@dataclass
class _KeySet:
    """One provider's keys by id, and when (monotonic seconds) they came and were last asked for."""

    keys: dict[str, RSAPublicKey] = field(default_factory=dict)
    fetched_at: float = float("-inf")
    tried_at: float = float("-inf")
    lock: threading.Lock = field(default_factory=threading.Lock)


_sets: dict[str, _KeySet] = {}


def find(url: str, key_id: str | None) -> RSAPublicKey | None:
    """The provider's key of that id, or its only one when no id is given; None when it has no such key.

    Blocks while the keys are fetched. Unavailable when they cannot be had and none are kept.
    """
    kept = _sets.setdefault(url, _KeySet())
    with kept.lock:
        _refresh(url, kept, key_id)
        if monotonic() - kept.fetched_at > STALE_SECONDS:
            raise Unavailable("The keys of the identity provider cannot be fetched.")
        if key_id is None:
            return next(iter(kept.keys.values())) if len(kept.keys) == 1 else None
        return kept.keys.get(key_id)


def load(url: str) -> dict[str, RSAPublicKey]:
    """The keys at an address, by id. Raises fetch.FetchError, or BadKeySet when there is no RSA key for signatures.

    Without encryption only addresses inside (FETCH_ALLOWED_NETWORKS) are asked: who can change the answer can sign in as anybody.
    """
    response = fetch.fetch(url, LIMITS, inner_only=url.lower().startswith("http:"))
    if response.status != 200:
        raise BadKeySet(f"the answer was {response.status}")
    try:
        keys = json.loads(response.body)["keys"]
        usable = {key.get("kid", ""): _rsa(key) for key in keys if _is_usable(key)}
    except BadKeySet:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, jwt.PyJWTError) as error:
        raise BadKeySet("it is not a JSON Web Key Set") from error
    if not usable:
        raise BadKeySet("it holds no RSA key for signatures")
    return usable


def forget() -> None:
    """Ask for all keys anew."""
    _sets.clear()


def _refresh(url: str, kept: _KeySet, key_id: str | None) -> None:
    now = monotonic()
    is_missing = key_id is not None and key_id not in kept.keys
    if (now - kept.fetched_at < KEPT_SECONDS and not is_missing) or now - kept.tried_at < PAUSE_SECONDS:
        return
    kept.tried_at = now
    try:
        kept.keys, kept.fetched_at = load(url), now
    except (fetch.FetchError, BadKeySet) as error:
        events.emit(events.Event.IDENTITY_KEYS_FAILED, "warning", url=url, reason=str(error))


def _is_usable(key: dict[str, object]) -> bool:
    return key.get("kty") == "RSA" and key.get("use", "sig") == "sig" and key.get("alg", "RS256") == "RS256"


def _rsa(key: dict[str, object]) -> RSAPublicKey:
    public = jwt.PyJWK(key, "RS256").key
    if not isinstance(public, RSAPublicKey):
        raise BadKeySet("it holds a private key")
    if public.key_size < RSA_BITS:
        raise BadKeySet(f"it holds an RSA key of fewer than {RSA_BITS} bits")
    return public
