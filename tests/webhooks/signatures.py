"""Verifying, written from the specification and not from our code."""

import base64
import hashlib
import hmac

from tests.fakes.receiver import Received


def expected(secret: str, message_id: str, timestamp: str, body: bytes) -> str:
    """What the specification says that the signature is."""
    assert secret.startswith("whsec_")
    content = message_id.encode() + b"." + timestamp.encode() + b"." + body
    digest = hmac.new(base64.b64decode(secret[6:]), content, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


def verified(secret: str, request: Received) -> bool:
    """Whether one of the signatures was made with the secret."""
    headers = request.headers
    wanted = expected(secret, headers["webhook-id"], headers["webhook-timestamp"], request.body)
    return wanted in headers["webhook-signature"].split(" ")
