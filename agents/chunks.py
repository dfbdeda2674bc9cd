"""The lines of a chat completion's stream, decoded into typed values; what is not the protocol is a ModelError."""

import json
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

# More than any model reads or writes at once.
MAX_TOKENS = 100_000_000
# What PostgreSQL and UTF-8 cannot carry: a reply with it could never be written.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_decoded = json.JSONDecoder().decode


class ModelError(Exception):
    """The provider failed. `permanent`: trying again cannot help. `retry_after`: seconds, if it said so.

    blames_request: it is fine and refused what it was asked.
    """

    def __init__(
        self,
        detail: str,
        *,
        permanent: bool = False,
        retry_after: float | None = None,
        blames_request: bool = False,
    ) -> None:
        super().__init__(detail)
        self.permanent = permanent
        self.retry_after = retry_after
        self.blames_request = blames_request


@dataclass(frozen=True)
class CallPart:
    """A fragment of a tool call; `index` says of which one, when the provider numbers them."""

    index: int | None
    id: str
    name: str
    arguments: str


class Chunk(NamedTuple):  # made for every token: a frozen dataclass takes three times as long to make
    """What one line says. `usage`: tokens in and out, when it counts them."""

    text: str = ""
    calls: tuple[CallPart, ...] = ()
    finish_reason: str = ""
    usage: tuple[int, int] | None = None

    @property
    def says_something(self) -> bool:
        return bool(self.text or self.calls or self.finish_reason)


async def lines(pieces: AsyncIterator[bytes]) -> AsyncIterator[list[str]]:
    """The lines that are complete with each piece of a stream, and at its end what is left."""
    rest = b""
    async for piece in pieces:
        found = (rest + piece).splitlines(keepends=True)
        rest = found.pop() if found and not found[-1].endswith(b"\n") else b""
        yield [line.decode(errors="replace") for line in found]
    yield [rest.decode(errors="replace")]


def data(of: list[str]) -> Iterator[str]:
    """What the `data:` lines among these say."""
    return (line[5:].strip() for line in of if line.startswith("data:"))


def decode(data: str) -> Chunk:
    """The chunk in a `data:` line."""
    try:
        document = _decoded(data)
        if document.get("error"):
            raise ModelError("the provider reported an error in the stream")
        return _chunk(document)
    except (ValueError, TypeError, AttributeError, LookupError, OverflowError, RecursionError) as error:
        raise ModelError("the provider does not speak the protocol") from error


def _chunk(document: dict[str, Any]) -> Chunk:
    counted = document.get("usage")
    usage = None
    if counted:
        usage = _count(counted.get("prompt_tokens")), _count(counted.get("completion_tokens"))
    choices = document.get("choices")
    if not choices:
        return Chunk(usage=usage)
    delta = choices[0].get("delta") or {}
    calls = tuple(_call_part(part) for part in delta.get("tool_calls") or ())
    return Chunk(_text(delta, "content"), calls, _text(choices[0], "finish_reason"), usage)


def _count(value: Any) -> int:
    """A count of tokens; 0 for one that cannot be, which the database would refuse together with the reply."""
    count = int(value or 0)
    return count if 0 < count <= MAX_TOKENS else 0


def _call_part(part: dict[str, Any]) -> CallPart:
    index = part.get("index")
    if index is not None and not isinstance(index, int):
        raise TypeError("the index of a tool call is a number")
    function = part.get("function") or {}
    return CallPart(index, _text(part, "id"), _text(function, "name"), _text(function, "arguments"))


def _text(document: dict[str, Any], name: str) -> str:
    value = document.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise TypeError(f"{name} is text")
    return _UNSTORABLE.sub("", value)
