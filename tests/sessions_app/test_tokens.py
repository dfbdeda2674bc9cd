"""Only tokens that we signed are tokens."""

import base64
import json
import uuid
from dataclasses import replace

import jwt
import pytest

from config.common import crypto
from config.common.errors import Unauthorized
from sessions_app import tokens
from sessions_app.tokens import Claims

CLAIMS = Claims(uuid.uuid4(), uuid.uuid4(), uuid.uuid4(), uuid.uuid4(), 3, 1_700_000_000)


def part(document: dict) -> str:
    return base64.urlsafe_b64encode(json.dumps(document).encode()).decode().rstrip("=")


def payload(**changed) -> dict:
    known = jwt.decode(tokens.sign(CLAIMS), options={"verify_signature": False})
    return {key: value for key, value in (known | changed).items() if value is not None}


def test_what_was_signed_is_read():
    assert tokens.read(tokens.sign(CLAIMS)) == CLAIMS


def test_the_same_claims_give_the_same_token():
    """A refresh that is repeated must lead to the same successor."""
    assert tokens.sign(CLAIMS) == tokens.sign(replace(CLAIMS))
    assert tokens.sign(CLAIMS) != tokens.sign(replace(CLAIMS, generation=4))


def test_an_expired_token_is_read_and_says_so(at):
    claims = tokens.read(tokens.sign(CLAIMS))
    at(CLAIMS.expires_at - 1)
    assert not claims.expired
    at(CLAIMS.expires_at)
    assert claims.expired


def test_a_token_lives_an_hour():
    assert CLAIMS.expires_at == CLAIMS.issued_at + 3600


def test_a_token_of_another_key_is_refused():
    """Red when `read` does not verify the signature."""
    with pytest.raises(Unauthorized):
        tokens.read(jwt.encode(payload(), b"x" * 32, "HS256"))


def test_a_token_of_a_key_for_another_purpose_is_refused():
    with pytest.raises(Unauthorized):
        tokens.read(jwt.encode(payload(), crypto.derive_key("encryption-at-rest"), "HS256"))


def test_a_changed_payload_is_refused():
    header, _, signature = tokens.sign(CLAIMS).split(".")
    with pytest.raises(Unauthorized):
        tokens.read(f"{header}.{part(payload(cus=uuid.uuid4().hex))}.{signature}")


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "HS512"])
def test_another_algorithm_is_refused(algorithm):
    """Red when `read` takes the algorithm from the token."""
    token = f"{part({'alg': algorithm, 'typ': 'JWT'})}.{part(payload())}."
    if algorithm == "HS512":
        token = jwt.encode(payload(), tokens._key(), "HS512")
    with pytest.raises(Unauthorized):
        tokens.read(token)


@pytest.mark.parametrize("keep", [0, 1, 20, -1, -10])
def test_a_truncated_token_is_refused(keep):
    with pytest.raises(Unauthorized):
        tokens.read(tokens.sign(CLAIMS)[:keep])


@pytest.mark.parametrize("text", ["", ".", "..", "a.b.c", "é.è.ê", "\ud800", "null", " " * 10])
def test_what_is_no_token_is_refused(text):
    with pytest.raises(Unauthorized):
        tokens.read(text)


@pytest.mark.parametrize(
    "changed",
    [{"sid": None}, {"exp": None}, {"cus": None}, {"cnv": "not-an-id"}, {"inb": 7}, {"gen": "many"}, {"iat": None}],
)
def test_a_token_with_other_claims_is_refused(changed):
    with pytest.raises(Unauthorized):
        tokens.read(jwt.encode(payload(**changed), tokens._key(), "HS256"))
