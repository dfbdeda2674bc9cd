"""One model call, read to its end."""

import json
from dataclasses import dataclass, field

from agents import llm
from agents.llm import ChatStream, Completion, ModelError
from agents.providers import chain


@dataclass
class Heard:
    """The pieces that came, what they added up to, and how it ended."""

    pieces: list[str] = field(default_factory=list)
    completion: Completion = field(default_factory=Completion)
    error: ModelError | None = None

    @property
    def text(self) -> str:
        return "".join(self.pieces)

    @property
    def failure(self) -> ModelError:
        assert self.error is not None
        return self.error


async def listen(marker: str, tools: tuple[dict, ...] = (), **options: float) -> Heard:
    """Ask the provider for a completion of a message with the marker in it."""
    heard = Heard()
    stream = ChatStream(chain()[0], [{"role": "user", "content": f"a question {marker}"}], list(tools), **options)
    try:
        async for piece in stream:
            heard.pieces.append(piece)
    except ModelError as error:
        heard.error = error
    finally:
        await llm.close()
    heard.completion = stream.completion
    return heard


def chunk(delta: object, finish: str | None = None, **fields: object) -> str:
    """A `data:` line of the protocol."""
    return json.dumps({"choices": [{"index": 0, "delta": delta, "finish_reason": finish}], **fields})


def tool_part(index: int | None, **function: str) -> dict:
    """A fragment of a tool call."""
    return {"tool_calls": [{"index": index, "function": function}]}


DONE = "[DONE]"
