"""What a healthy provider says arrives piece by piece and adds up."""

import pytest

from agents.llm import ChatStream
from agents.providers import chain
from tests.agents.streaming import DONE, chunk, listen, tool_part
from tests.fakes.model import Say


async def test_text_arrives_in_its_pieces(provider, marker):
    provider.script(marker, Say(pieces=("You get ", "your money", " back.")))
    heard = await listen(marker)
    assert heard.error is None
    assert "".join(heard.pieces) == heard.completion.text
    assert heard.completion.text == "You get your money back."
    assert heard.completion.finish_reason == "stop"


async def test_the_first_piece_does_not_wait_for_the_last(provider, marker, gate):
    """Red when the stream is collected before it is given on."""
    provider.script(marker, Say(pieces=("one", "two"), hold=gate))
    pieces = []
    async for piece in ChatStream(chain()[0], [{"role": "user", "content": marker}], []):
        pieces.append((piece, gate.is_set()))
        gate.set()
    assert pieces == [("one", False), ("two", True)]


async def test_usage_is_counted(provider, marker):
    heard = await listen(marker)
    assert (heard.completion.input_tokens, heard.completion.output_tokens) == (100, 20)


async def test_the_request_asks_for_a_stream_with_usage(provider, marker, settings):
    settings.OPENAI_MODEL = "the-model"
    await listen(marker)
    (request,) = provider.calls(marker)
    assert request["model"] == "the-model"
    assert request["stream"] is True
    assert request["stream_options"] == {"include_usage": True}
    assert "tools" not in request


async def test_tools_are_offered_when_there_are_any(provider, marker):
    schema = {"type": "function", "function": {"name": "x", "description": "", "parameters": {"type": "object"}}}
    await listen(marker, (schema,))
    assert provider.calls(marker)[0]["tools"] == [schema]


async def test_a_tool_call_is_put_together_from_fragments(provider, marker):
    first = {"tool_calls": [{"index": 0, "id": "call_a", "type": "function", "function": {"name": "search"}}]}
    other = {"tool_calls": [{"index": 1, "id": "call_b", "type": "function", "function": {"name": "escalate"}}]}
    raw = (
        chunk({"role": "assistant", "content": None}),
        chunk(first),
        chunk(tool_part(0, arguments='{"que')),
        chunk(tool_part(0, arguments='ry": "x"}')),
        chunk(other),
        chunk(tool_part(1, arguments="{}")),
        chunk({}, "tool_calls"),
        DONE,
    )
    provider.script(marker, Say(raw=raw))
    heard = await listen(marker)
    assert heard.error is None
    assert heard.text == ""
    assert [(c.id, c.name, c.arguments) for c in heard.completion.tool_calls] == [
        ("call_a", "search", '{"query": "x"}'),
        ("call_b", "escalate", "{}"),
    ]


async def test_a_tool_call_without_id_or_index_is_one(provider, marker):
    raw = (chunk({"tool_calls": [{"function": {"name": "search", "arguments": "{}"}}]}), chunk({}, "tool_calls"), DONE)
    provider.script(marker, Say(raw=raw))
    (call,) = (await listen(marker)).completion.tool_calls
    assert call.id
    assert (call.name, call.arguments) == ("search", "{}")


@pytest.mark.parametrize(("first", "second"), [(1, 2), (0, 0), (None, None)])
async def test_calls_are_told_apart_however_they_are_numbered(provider, marker, first, second):
    """From 1, all 0 with ids of their own, or not at all: servers differ."""
    one = {"index": first, "id": "call_a", "function": {"name": "search", "arguments": '{"a"'}}
    two = {"index": second, "id": "call_b", "function": {"name": "escalate", "arguments": "{}"}}
    raw = (
        chunk({"tool_calls": [one]}),
        chunk(tool_part(first, arguments=": 1}")),
        chunk({"tool_calls": [two]}),
        chunk({}, "tool_calls"),
        DONE,
    )
    provider.script(marker, Say(raw=raw))
    calls = (await listen(marker)).completion.tool_calls
    assert [(c.name, c.arguments) for c in calls] == [("search", '{"a": 1}'), ("escalate", "{}")]


async def test_text_before_a_tool_call_is_kept(provider, marker):
    raw = (chunk({"content": "Let me look."}), chunk(tool_part(0, name="search")), chunk({}, "tool_calls"), DONE)
    provider.script(marker, Say(raw=raw))
    heard = await listen(marker)
    assert heard.text == "Let me look."
    assert len(heard.completion.tool_calls) == 1


async def test_chunks_without_choices_are_passed_over(provider, marker):
    raw = (
        '{"choices": []}',
        '{"choices": null}',
        '{"id": "x"}',
        chunk({"content": "Yes."}),
        '{"choices": []}',
        chunk({}, "stop"),
    )
    provider.script(marker, Say(raw=raw))
    heard = await listen(marker)
    assert (heard.text, heard.error) == ("Yes.", None)


async def test_a_stream_may_end_without_done(provider, marker):
    provider.script(marker, Say(raw=(chunk({"content": "Yes."}), chunk({}, "stop"))))
    heard = await listen(marker)
    assert (heard.text, heard.error) == ("Yes.", None)


async def test_text_and_the_end_may_come_in_one_chunk(provider, marker):
    provider.script(marker, Say(raw=(chunk({"content": "Yes."}, "stop"), DONE)))
    assert (await listen(marker)).text == "Yes."


async def test_a_null_error_is_none(provider, marker):
    provider.script(marker, Say(raw=(chunk({"content": "Yes."}, error=None), chunk({}, "stop", error=None))))
    heard = await listen(marker)
    assert (heard.text, heard.error) == ("Yes.", None)


async def test_a_finished_stream_that_is_not_closed_is_complete(provider, marker, gate, settings):
    settings.LLM_BETWEEN_TOKENS_SECONDS = 0.2
    provider.script(marker, Say(raw=(chunk({"content": "Yes."}), chunk({}, "stop")), linger=gate))
    heard = await listen(marker)
    assert (heard.text, heard.error) == ("Yes.", None)


@pytest.mark.parametrize("bad", ["\x00", "\ud83d"])
async def test_text_that_cannot_be_stored_does_not_get_through(provider, marker, bad):
    """A reply with NUL or half a surrogate pair could not be written, and the customer would get nothing."""
    provider.script(marker, Say(raw=(chunk({"content": f"Yes{bad}."}), chunk({}, "stop"), DONE)))
    heard = await listen(marker)
    assert heard.error is None
    heard.text.encode()
    assert "\x00" not in heard.text
    assert heard.text.startswith("Yes")
    assert heard.completion.text == heard.text
