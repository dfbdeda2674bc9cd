"""Chat completions, streamed, from any OpenAI-compatible server.

The SDK does what it is good at (address, auth, connections); its retries and its typed stream are not used: lines are
read and only the delta is decoded, which costs a fraction of the CPU. Deadlines are our own.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any

import tenacity
from django.conf import settings

from agents import chunks, observing, tokens
from agents.chunks import CallPart, Chunk, ModelError, decode
from agents.providers import Provider

if TYPE_CHECKING:
    from agents.openai_client import Client

__all__ = ["ChatStream", "Completion", "ModelError", "ToolCall"]

MAX_RETRY_AFTER_SECONDS = 3.0
_ATTEMPTS = 3
# All tries with one provider together must give a first token by then.
FIRST_TOKEN_BUDGET_SECONDS = 9.0

# What came at once.
Piece = list[Chunk]
Pieces = AsyncGenerator[Piece, None]


@dataclass
class ToolCall:
    """A call the model asks for; `arguments` is JSON as the model wrote it, which may be broken."""

    id: str
    name: str
    arguments: str = ""


@dataclass
class Completion:
    """What a finished stream adds up to. A provider that does not count its tokens gets an estimate of ours."""

    text: str = ""
    tool_calls: list[ToolCall] = field(default_factory=list)
    finish_reason: str = ""
    input_tokens: int = 0
    output_tokens: int = 0


_clients: "dict[tuple[asyncio.AbstractEventLoop, Provider], Client]" = {}


def _client(provider: Provider) -> "Client":
    """The running loop's client of a provider, whose connections can serve no other loop."""
    from agents import openai_client

    key = asyncio.get_running_loop(), provider
    if key not in _clients:
        _clients[key] = openai_client.Client(provider)
    return _clients[key]


async def close() -> None:
    """Let go of the running loop's connections. Whoever asked a model on a loop does so before it ends."""
    loop = asyncio.get_running_loop()
    for key in [key for key in _clients if key[0] is loop]:
        await _clients.pop(key).close()


def warm() -> None:
    """Load what asking a model takes, before a customer waits for it. Blocks."""
    if settings.LLM_CONFIGURED:
        import_module("agents.openai_client")


def _worth_retrying(error: BaseException) -> bool:
    return isinstance(error, ModelError) and not error.permanent and (error.retry_after or 0) <= MAX_RETRY_AFTER_SECONDS


def _wait(state: tenacity.RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    asked = error.retry_after if isinstance(error, ModelError) else None
    return asked if asked is not None else tenacity.wait_random_exponential(multiplier=0.2, max=2)(state)


class ChatStream:
    """One model call: iterate over its text, then read `completion`. `budget`: seconds for a first token.

    Nothing is retried once the first token is out. Raises ModelError when the stream ends early (no finish_reason),
    stays silent for too long or says something that is not the protocol.
    """

    def __init__(
        self,
        provider: Provider,
        messages: list[dict[str, Any]],
        tools: list[dict[str, Any]],
        budget: float = FIRST_TOKEN_BUDGET_SECONDS,
    ) -> None:
        self._provider = provider
        self._budget = budget
        self._request: dict[str, Any] = {
            "model": provider.model,
            "messages": messages,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        if tools:
            self._request["tools"] = tools
        self.completion = Completion()
        self._calls: dict[int, ToolCall] = {}

    async def __aiter__(self) -> AsyncIterator[str]:
        with observing.ModelCall(self._provider, self._request["messages"], self.completion) as call:
            deadline = asyncio.get_running_loop().time() + settings.LLM_TOTAL_SECONDS
            stream, piece = await self._begin()
            call.first_chunk()
            try:
                while piece:
                    if text := "".join(map(self._take, piece)):
                        yield text
                    piece = await self._next(stream, deadline)
            finally:
                await stream.aclose()
            self._estimate()
            if not self.completion.text and not self.completion.tool_calls:
                raise ModelError("an empty answer")

    async def _begin(self) -> tuple[Pieces, Piece]:
        """The stream and its first piece, tried again within the budget."""
        retrying = tenacity.AsyncRetrying(
            retry=tenacity.retry_if_exception(_worth_retrying),
            stop=tenacity.stop_after_attempt(_ATTEMPTS) | tenacity.stop_after_delay(self._budget),
            wait=_wait,
            reraise=True,
        )
        try:
            async with asyncio.timeout(self._budget):
                opened: tuple[Pieces, Piece] = await retrying(self._open)
                return opened
        except TimeoutError as error:
            raise ModelError("no first token in time") from error

    async def _open(self) -> tuple[Pieces, Piece]:
        """Make the request and read up to the first piece that says something."""
        stream = self._pieces()
        try:
            async with asyncio.timeout(settings.LLM_FIRST_TOKEN_SECONDS):
                async for piece in stream:
                    if any(chunk.says_something for chunk in piece):
                        return stream, piece
        except TimeoutError as error:
            await stream.aclose()
            raise ModelError("no first token in time") from error
        except BaseException:
            await stream.aclose()
            raise
        raise ModelError("the stream ended before it began")

    async def _next(self, stream: Pieces, deadline: float) -> Piece:
        """The next piece; empty when the answer is complete."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout_at(min(deadline, loop.time() + settings.LLM_BETWEEN_TOKENS_SECONDS)):
                return await anext(stream)
        except StopAsyncIteration:
            if not self.completion.finish_reason:
                raise ModelError("the stream broke off") from None
            return []
        except TimeoutError as error:
            if self.completion.finish_reason:
                return []
            detail = "the stream stalled" if loop.time() < deadline else "the answer took too long"
            raise ModelError(detail) from error

    async def _pieces(self) -> Pieces:
        """The decoded chunks of one request, as they come; none is empty. The transport's errors leave as ModelError."""
        from agents import openai_client

        try:
            async with _client(self._provider).stream(self._request) as pieces:
                async for lines in chunks.lines(pieces):
                    piece: Piece = []
                    try:
                        for data in chunks.data(lines):
                            if data == "[DONE]":
                                return
                            piece.append(decode(data))
                    finally:  # what came before the end, or before what is broken
                        if piece:
                            yield piece
        except ModelError:
            raise
        except Exception as error:
            if (ours := openai_client.told(error)) is not None:
                raise ours from error
            raise

    def _take(self, chunk: Chunk) -> str:
        """Add a chunk to the completion; returns its text."""
        completion = self.completion
        if chunk.usage is not None:
            completion.input_tokens, completion.output_tokens = chunk.usage
        for part in chunk.calls:
            self._take_call_part(part)
        completion.finish_reason = chunk.finish_reason or completion.finish_reason
        completion.text += chunk.text
        return chunk.text

    def _estimate(self) -> None:
        """Count what the provider did not: limits of spending hold with servers that report no usage, too."""
        said = self.completion
        said.input_tokens = said.input_tokens or tokens.estimated(self._request["messages"], self._request.get("tools"))
        written = said.text, [(call.name, call.arguments) for call in said.tool_calls]
        said.output_tokens = said.output_tokens or tokens.estimated(*written)

    def _take_call_part(self, part: CallPart) -> None:
        calls = self.completion.tool_calls
        call = calls[-1] if calls and not part.name else None
        if part.index is not None:
            call = self._calls.get(part.index)
        # Some servers number all calls 0 and tell them apart by id alone.
        if call is None or (part.name and part.id and part.id != call.id):
            call = ToolCall(part.id or f"call_{len(calls)}", "")
            calls.append(call)
            if part.index is not None:
                self._calls[part.index] = call
        call.name += part.name
        call.arguments += part.arguments
