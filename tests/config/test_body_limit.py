"""No request's body is kept beyond the limit, whether its length is told beforehand or not."""

import pytest

from config.uploads import MAX_BODY_BYTES, BodyLimit

PIECE = 1024 * 1024


class Application:
    """Reads the body as Django does, and answers with its length."""

    def __init__(self):
        self.read = 0

    async def __call__(self, scope, receive, send):
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            self.read += len(message["body"])
            if not message["more_body"]:
                break
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})


async def post(size: int, told: bool) -> tuple[int, int]:
    """The status of the answer to a body of this size, and how much of it the application got."""
    application, left, sent = Application(), size, []

    async def receive():
        nonlocal left
        body = bytes(min(PIECE, left))
        left -= len(body)
        return {"type": "http.request", "body": body, "more_body": left > 0}

    async def send(message):
        sent.append(message)

    headers = [(b"content-length", str(size).encode())] if told else []
    await BodyLimit(application)({"type": "http", "headers": headers}, receive, send)
    return sent[0]["status"], application.read


@pytest.mark.parametrize("told", [True, False], ids=["told", "untold"])
async def test_a_body_of_the_limit_is_let_through_and_one_byte_more_is_not(told):
    """Red from both sides when the body is not counted."""
    assert await post(MAX_BODY_BYTES, told) == (200, MAX_BODY_BYTES)
    status, read = await post(MAX_BODY_BYTES + 1, told)
    assert status == 413
    assert read == (0 if told else MAX_BODY_BYTES)


async def test_two_gigabytes_are_not_read():
    assert await post(2 * 1024**3, told=True) == (413, 0)
