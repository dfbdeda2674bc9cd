"""LiteLLM's proxy as the model provider: between us and the scripted server, or playing a model itself."""

import asyncio
import uuid
from typing import Any

import pytest

from agents import llm
from tests.fakes.model import Say
from tests.interop.servers import KEY

pytestmark = pytest.mark.interop

TOOL = {"type": "function", "function": {"name": "order_state", "parameters": {"type": "object", "properties": {}}}}


@pytest.fixture
def marker():
    return f"ref{uuid.uuid4().hex}"


async def test_a_streamed_answer_is_whole(named, listen):
    """Its last chunk has no choices, but what was counted."""
    pieces, said = await listen(named("mocked"), "How do I start it?")
    assert (said.text, said.finish_reason) == ("You find this in the help centre [1].", "stop")
    assert len(pieces) > 3
    assert said.input_tokens > 0
    assert said.output_tokens > 0


async def test_a_tool_call_comes_through(named, listen, model, marker):
    """In the pieces that LiteLLM makes of it."""
    model.script(marker, Say(tool=("order_state", '{"number": 7}')))
    _, said = await listen(named("scripted"), marker, [TOOL])
    (call,) = said.tool_calls
    assert (call.name, call.arguments, bool(call.id)) == ("order_state", '{"number": 7}', True)
    assert said.finish_reason in {"tool_calls", "stop"}


@pytest.mark.parametrize(("name", "key"), [("nobody", KEY), ("mocked", "sk-wrong")], ids=["model", "key"])
async def test_what_is_configured_wrongly_is_not_tried_again(named, listen, name, key):
    """An unknown model and a wrong key: LiteLLM answers both with 400, and says why. Red when 400 is tried again."""
    with pytest.raises(llm.ModelError, match=r"HTTP 400 (invalid_request_error|no_db_connection)") as refused:
        await listen(named(name, key), "Hello")
    assert refused.value.permanent


async def test_too_much_is_tried_again_in_vain(named, listen):
    with pytest.raises(llm.ModelError, match="HTTP 429") as refused:
        await listen(named("limited"), "Hello")
    assert not refused.value.permanent


@pytest.mark.parametrize("status", [500, 503, 429])
async def test_what_passes_is_tried_again(named, listen, model, marker, status):
    """LiteLLM passes the status on."""
    model.script(marker, Say(status=status), Say(pieces=("Back ", "again.")))
    _, said = await listen(named("scripted"), marker)
    assert said.text == "Back again."


async def test_how_long_to_wait_comes_through(named, listen, model, marker):
    """LiteLLM passes it on as llm_provider-retry-after. Red when `llm._retry_after` only knows the usual name."""
    model.script(marker, Say(status=429, headers={"Retry-After": "30"}))
    with pytest.raises(llm.ModelError) as refused:
        await listen(named("scripted"), marker)
    assert refused.value.retry_after == 30


async def test_what_broke_off_is_no_answer(named, listen, model, marker):
    """The server behind it dies in the middle: an error in the stream, and no finish_reason either."""
    model.script(marker, Say(pieces=("Half ", "an "), cut=True))
    with pytest.raises(llm.ModelError):
        await listen(named("scripted"), marker)


async def test_a_stream_that_just_ends_is_no_answer(named, listen, model, marker):
    model.script(marker, Say(pieces=("Half ", "an "), finish=None))
    with pytest.raises(llm.ModelError):
        await listen(named("scripted"), marker)


async def test_who_stops_listening_stops_the_model(named, model, marker, listen):
    """Through the proxy, to the server behind it, seconds before it would have come to its end."""
    say = Say(pieces=("word ",) * 200, pause=0.05)
    model.script(marker, say)
    asked = llm.ChatStream(named("scripted"), [{"role": "user", "content": marker}], [])
    stream: Any = aiter(asked)
    assert await anext(stream)
    await stream.aclose()
    assert await asyncio.to_thread(say.left.wait, 5)
    assert not asked.completion.finish_reason
