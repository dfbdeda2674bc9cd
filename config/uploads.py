"""A bound for every request's body, before anything of it is read: Django keeps all of a body on the disk before a view sees it."""

from typing import Any

from knowledge.imports.limits import MAX_UPLOAD_BYTES

# An upload's files, and the rest of its form.
MAX_BODY_BYTES = MAX_UPLOAD_BYTES + 1024 * 1024


class BodyLimit:
    """An ASGI application around another one: what is too large is answered with 413 and read no further."""

    def __init__(self, application: Any) -> None:
        self._application = application

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        length = dict(scope["headers"]).get(b"content-length", b"0")
        if length.isdigit() and int(length) > MAX_BODY_BYTES:
            await _refuse(send)
            return
        read, began = 0, False

        async def counted() -> Any:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            # To the application it looks as if the client had gone.
            return message if read <= MAX_BODY_BYTES else {"type": "http.disconnect"}

        async def noticed(message: Any) -> None:
            nonlocal began
            began = True
            await send(message)

        await self._application(scope, counted, noticed)
        if read > MAX_BODY_BYTES and not began:
            await _refuse(send)


async def _refuse(send: Any) -> None:
    text = f"The request has more than {MAX_BODY_BYTES:,} bytes, which is the limit.".encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": text})
