"""`transformers serve` with a model of random weights: real tokens, a real stream, and nonsense."""

from typing import Any

import pytest

from agents import llm
from agents.providers import Provider

pytestmark = pytest.mark.interop


@pytest.fixture
def nonsense(tiny):
    return Provider(tiny[0], "none", tiny[1])


async def test_a_stream_without_an_end_mark_is_whole(nonsense, listen):
    """It sends no [DONE], an empty first piece, and its usage with the last."""
    pieces, said = await listen(nonsense, "How do I start it?")
    assert pieces
    assert said.text == "".join(pieces)
    assert said.finish_reason in {"stop", "length"}
    assert said.input_tokens > 5
    assert said.output_tokens >= len(pieces)


async def test_tools_are_taken(nonsense, listen):
    tool = {"type": "function", "function": {"name": "order_state", "parameters": {"type": "object", "properties": {}}}}
    _, said = await listen(nonsense, "How do I start it?", [tool])
    assert said.text


async def test_a_model_that_is_not_there_is_a_failure(tiny, listen):
    """It answers 500, which may pass: it is tried again, within the budget for a first token."""
    with pytest.raises(llm.ModelError, match=r"HTTP 500|no first token"):
        await listen(Provider(tiny[0], "none", "nobody/nothing"), "Hello")


async def test_who_stops_listening_is_forgotten(nonsense, listen):
    """The next question is answered."""
    stream: Any = aiter(llm.ChatStream(nonsense, [{"role": "user", "content": "How do I start it?"}], []))
    assert await anext(stream)
    await stream.aclose()
    _, said = await listen(nonsense, "And how do I stop it?")
    assert said.text
