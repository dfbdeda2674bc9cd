"""Identity tokens: HS256 with the inbox's secret, `sub` and `exp` required, 30 seconds of leeway; else nothing."""

import base64
import json
from typing import Any

import jwt
import pytest

from config.common.errors import Unauthorized
from sessions_app import identity

NOW = 1_700_000_000
SECRET = "an-inbox-secret-that-is-long-enough-for-hs256-and-hs512-alike-so-that-pyjwt-is-content"

TRUST = identity.Trust(SECRET)


@pytest.fixture(autouse=True)
def now(at):
    at(NOW)


def signed(secret: str = SECRET, algorithm: str = "HS256", **claims: Any) -> str:
    known = {"sub": "user-1", "exp": NOW + 60} | claims
    return jwt.encode({k: v for k, v in known.items() if v is not None}, secret, algorithm)


def refused(token: str) -> bool:
    try:
        identity.verify(token, TRUST)
    except Unauthorized:
        return True
    return False


def test_a_refusal_does_not_say_why():
    with pytest.raises(Unauthorized) as late:
        identity.verify(signed(exp=1), TRUST)
    with pytest.raises(Unauthorized) as forged:
        identity.verify("a.b.c", TRUST)
    assert late.value.detail == forged.value.detail


def test_a_full_identity():
    known = identity.verify(signed(email="ann@example.com", name="Ann"), TRUST)
    assert (known.sub, known.email, known.name) == ("user-1", "ann@example.com", "Ann")


def test_email_and_name_are_optional():
    known = identity.verify(signed(), TRUST)
    assert (known.email, known.name) == ("", "")


def test_other_claims_do_not_matter():
    assert not refused(signed(aud="someone", iss="site", iat=NOW + 500, role="admin"))


def test_another_secret_is_refused():
    """Red when `verify` does not verify the signature."""
    assert refused(signed(secret="another-inbox-secret-that-is-long-enough-for-hs256"))


@pytest.mark.parametrize("algorithm", ["HS384", "HS512"])
def test_another_algorithm_is_refused(algorithm):
    assert refused(signed(algorithm=algorithm))


def test_no_algorithm_is_refused():
    """Red when the signature is verified for HS256 alone."""
    parts = [{"alg": "none", "typ": "JWT"}, {"sub": "user-1", "exp": NOW + 60}]
    head, body = (base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts)
    assert refused(f"{head}.{body}.")


@pytest.mark.parametrize("missing", ["sub", "exp"])
def test_a_missing_claim_is_refused(missing):
    claims: dict[str, Any] = {missing: None}
    assert refused(signed(**claims))


@pytest.mark.parametrize(
    ("exp", "bad"), [(NOW - 29, False), (NOW - 30, True), (NOW - 31, True), (NOW, False), (NOW - 3600, True)]
)
def test_thirty_seconds_of_leeway_after_exp(exp, bad):
    """Red when LEEWAY_SECONDS is left out, on either side."""
    assert refused(signed(exp=exp)) is bad


@pytest.mark.parametrize(("nbf", "bad"), [(NOW + 30, False), (NOW + 31, True), (NOW, False), (NOW + 3600, True)])
def test_thirty_seconds_of_leeway_before_nbf(nbf, bad):
    assert refused(signed(nbf=nbf)) is bad


@pytest.mark.parametrize(
    "claims",
    [
        {"sub": ""},
        {"sub": "a\x00b"},
        {"sub": "a\ud800b"},
        {"sub": 7},
        {"sub": ["user-1"]},
        {"sub": "x" * 256},
        {"name": "a\x00b"},
        {"email": "a\x00b"},
        {"email": "x" * 321},
        {"name": {"first": "Ann"}},
        {"exp": "soon"},
        {"exp": [NOW + 60]},
        {"exp": float("nan")},
        {"nbf": "never"},
    ],
)
def test_claims_that_cannot_be_kept_are_refused(claims):
    assert refused(signed(**claims))


def test_a_sub_as_long_as_the_column():
    assert len(identity.verify(signed(sub="x" * 255), TRUST).sub) == 255


@pytest.mark.parametrize("text", ["", "a.b.c", "é", "\ud800"])
def test_what_is_no_token_is_refused(text):
    assert refused(text)
