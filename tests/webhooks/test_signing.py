"""Signatures are those of Standard Webhooks."""

import base64

from support.webhooks import signing
from tests.webhooks.signatures import expected

# The vector that the specification's own libraries are tested with.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
MESSAGE_ID, TIMESTAMP, BODY = "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_specifications_vector():
    """Red when the timestamp is left out of what is signed, and when the secret's prefix is part of the key."""
    assert signing.signature(SECRET, MESSAGE_ID, TIMESTAMP, BODY) == SIGNATURE
    assert expected(SECRET, MESSAGE_ID, str(TIMESTAMP), BODY) == SIGNATURE


def test_each_active_secret_signs():
    other = signing.new_secret()
    headers = signing.headers([SECRET, other], MESSAGE_ID, TIMESTAMP, BODY)
    assert headers == {
        "webhook-id": MESSAGE_ID,
        "webhook-timestamp": str(TIMESTAMP),
        "webhook-signature": f"{SIGNATURE} {expected(other, MESSAGE_ID, str(TIMESTAMP), BODY)}",
    }


def test_a_secret_is_long_and_never_the_same():
    """The specification asks for 24 to 64 bytes."""
    made = {signing.new_secret() for _ in range(100)}
    assert len(made) == 100
    assert all(len(base64.b64decode(secret.removeprefix("whsec_"), validate=True)) == 32 for secret in made)
