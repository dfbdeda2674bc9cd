"""Identity tokens signed by a provider with a key it publishes (RS256, JWKS)."""

import json
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import HMACAlgorithm, RSAAlgorithm
from jwt.utils import base64url_encode

from config.common.errors import Unauthorized, Unavailable
from config.common.networks import parse_networks
from sessions_app import identity, keysets
from sessions_app.identity import Trust
from tests.fakes.site import Page, Site

NOW = 1_700_000_000
SECRET = "an-inbox-secret-that-is-long-enough-for-hs256"
FIRST, SECOND = (rsa.generate_private_key(65537, 2048) for _ in range(2))
SHORT = rsa.generate_private_key(65537, 1024)


@pytest.fixture(autouse=True)
def now(at, settings):
    settings.FETCH_ALLOWED_NETWORKS = parse_networks(["127.0.0.1"])
    keysets.forget()
    at(NOW)


@pytest.fixture
def provider():
    with Site() as site:
        yield site


def public(key: rsa.RSAPrivateKey, **more: Any) -> dict[str, Any]:
    return RSAAlgorithm.to_jwk(key.public_key(), as_dict=True) | more


def publish(provider: Site, *keys: dict[str, Any]) -> Trust:
    provider.pages["/jwks"] = Page(json.dumps({"keys": keys}).encode(), headers={"Content-Type": "application/json"})
    return Trust(SECRET, f"{provider.url}/jwks")


def signed(key: Any, algorithm: str = "RS256", kid: object = "one", **claims: Any) -> str:
    headers = {} if kid is None else {"kid": kid}
    return jwt.encode({"sub": "user-1", "exp": NOW + 60} | claims, key, algorithm, headers=headers)


def refused(token: str, trust: Trust) -> bool:
    try:
        identity.verify(token, trust)
    except Unauthorized:
        return True
    return False


def test_who_it_says(provider):
    trust = publish(provider, public(FIRST, kid="one", use="sig", alg="RS256"), public(SECOND, kid="two"))
    known = identity.verify(signed(FIRST, email="ann@example.com"), trust)
    assert (known.sub, known.email) == ("user-1", "ann@example.com")
    assert identity.verify(signed(SECOND, kid="two"), trust).sub == "user-1"
    assert provider.paths() == ["/jwks"]


def test_another_key_is_refused(provider):
    """Red when `verify` takes the algorithm but not the signature."""
    trust = publish(provider, public(FIRST, kid="one"))
    assert refused(signed(SECOND), trust)


def test_the_secret_goes_on(provider):
    trust = publish(provider, public(FIRST, kid="one"))
    assert not refused(signed(SECRET, "HS256"), trust)
    assert provider.connections == 0


def test_the_public_key_is_no_secret(provider):
    """An algorithm goes with one kind of key (RFC 8725, 3.1)."""
    trust = publish(provider, public(FIRST, kid="one"))
    pem = FIRST.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    head = jwt.encode({}, "x" * 32, "HS256", headers={"kid": "one"}).split(".")[0]
    body = jwt.encode({"sub": "user-1", "exp": NOW + 60}, "x" * 32, "HS256").split(".")[1]
    signature = HMACAlgorithm(HMACAlgorithm.SHA256).sign(f"{head}.{body}".encode(), pem)
    assert refused(f"{head}.{body}.{base64url_encode(signature).decode()}", trust)


def test_without_a_provider_only_the_secret_counts(provider):
    publish(provider, public(FIRST, kid="one"))
    assert refused(signed(FIRST), Trust(SECRET))
    assert provider.connections == 0


def test_without_a_key_id_the_only_key_counts(provider):
    assert not refused(signed(FIRST, kid=None), publish(provider, public(FIRST, kid="one")))
    keysets.forget()
    assert refused(signed(FIRST, kid=None), publish(provider, public(FIRST, kid="one"), public(SECOND, kid="two")))


def test_a_new_key_is_found(provider, monkeypatch):
    """Red when an unknown key id does not make the keys be asked for again."""
    seconds = [1000.0]
    monkeypatch.setattr(keysets, "monotonic", lambda: seconds[0])
    trust = publish(provider, public(FIRST, kid="one"))
    assert not refused(signed(FIRST), trust)
    publish(provider, public(SECOND, kid="two"))
    assert refused(signed(SECOND, kid="two"), trust)
    seconds[0] += keysets.PAUSE_SECONDS
    assert not refused(signed(SECOND, kid="two"), trust)
    assert refused(signed(FIRST), trust), "a key that is not published any more"


def test_made_up_key_ids_do_not_flood_the_provider(provider):
    """Red when `_refresh` does not pause."""
    trust = publish(provider, public(FIRST, kid="one"))
    assert all(refused(signed(FIRST, kid=f"no-{number}"), trust) for number in range(20))
    assert len(provider.requests) == 1


def test_a_provider_that_is_away(provider, monkeypatch):
    """Kept keys are used for a day; red when STALE_SECONDS is 0, or without its check."""
    seconds = [1000.0]
    monkeypatch.setattr(keysets, "monotonic", lambda: seconds[0])
    trust = publish(provider, public(FIRST, kid="one"))
    assert not refused(signed(FIRST), trust)
    provider.pages.clear()
    seconds[0] += keysets.STALE_SECONDS
    assert not refused(signed(FIRST), trust)
    seconds[0] += 1
    with pytest.raises(Unavailable):
        identity.verify(signed(FIRST), trust)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"no json", "not a JSON Web Key Set"),
        (b"[]", "not a JSON Web Key Set"),
        (b'{"keys": 7}', "not a JSON Web Key Set"),
        (b'{"keys": ["x"]}', "not a JSON Web Key Set"),
        (b'{"keys": [{"kty": "RSA"}]}', "not a JSON Web Key Set"),
        (b'{"keys": []}', "no RSA key"),
        (json.dumps({"keys": [public(FIRST, use="enc")]}).encode(), "no RSA key"),
        (json.dumps({"keys": [public(SHORT)]}).encode(), "fewer than 2048 bits"),
        (json.dumps({"keys": [RSAAlgorithm.to_jwk(FIRST, as_dict=True)]}).encode(), "a private key"),
    ],
    ids=["no-json", "a-list", "a-number", "a-text", "half-a-key", "no-keys", "for-encryption", "short", "private"],
)
def test_what_is_no_key_set(provider, body, why):
    provider.pages["/jwks"] = Page(body)
    with pytest.raises(keysets.BadKeySet, match=why):
        keysets.load(f"{provider.url}/jwks")


@pytest.mark.parametrize("audience", ["support", ["shop", "support"]], ids=["one", "among-others"])
def test_the_audience_that_is_asked_for(audience):
    trust = Trust(SECRET, audience="support")
    assert not refused(signed(SECRET, "HS256", aud=audience), trust)


@pytest.mark.parametrize(
    "claims", [{}, {"aud": "shop"}, {"aud": []}, {"aud": 7}], ids=["none", "other", "empty", "number"]
)
def test_another_audience_is_refused(claims):
    """Red when the audience is not checked."""
    assert refused(signed(SECRET, "HS256", **claims), Trust(SECRET, audience="support"))


def test_keys_inside_the_network_are_out_of_reach(provider, settings):
    """Red when keys are fetched around the guard."""
    settings.FETCH_ALLOWED_NETWORKS = ()
    trust = publish(provider, public(FIRST, kid="one"))
    with pytest.raises(Unavailable):
        identity.verify(signed(FIRST), trust)
    assert provider.connections == 0
