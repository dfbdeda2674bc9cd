"""A stream that is not a whole, proper answer ends in ModelError: nothing truncated passes for finished."""

import pytest

from tests.agents.streaming import DONE, chunk, listen
from tests.fakes.model import Say


async def test_a_connection_that_breaks_off(provider, marker):
    provider.script(marker, Say(pieces=("Half an ",), cut=True))
    heard = await listen(marker)
    assert heard.text == "Half an "
    assert not heard.failure.permanent


async def test_a_clean_end_without_finish_reason(provider, marker):
    """Red when `_next` takes the end of the stream for the end of the answer."""
    provider.script(marker, Say(pieces=("Half an ",), finish=None))
    heard = await listen(marker)
    assert heard.text == "Half an "
    assert str(heard.failure) == "the stream broke off"


async def test_done_without_finish_reason(provider, marker):
    provider.script(marker, Say(raw=(chunk({"content": "Half an "}), DONE)))
    assert str((await listen(marker)).failure) == "the stream broke off"


async def test_silence_before_the_first_token(provider, marker, gate, settings):
    settings.LLM_FIRST_TOKEN_SECONDS = 0.1
    provider.script(marker, Say(silent=gate))
    heard = await listen(marker)
    assert str(heard.failure) == "no first token in time"
    assert heard.text == ""


async def test_chunks_that_say_nothing_do_not_count_as_a_first_token(provider, marker, gate, settings):
    settings.LLM_FIRST_TOKEN_SECONDS = 0.1
    provider.script(marker, Say(raw=(chunk({"role": "assistant"}), '{"choices": []}'), linger=gate))
    assert str((await listen(marker)).failure) == "no first token in time"


async def test_silence_between_tokens(provider, marker, gate, settings):
    settings.LLM_BETWEEN_TOKENS_SECONDS = 0.1
    provider.script(marker, Say(pieces=("Half an ", "answer"), hold=gate))
    heard = await listen(marker)
    assert (heard.text, str(heard.failure)) == ("Half an ", "the stream stalled")


async def test_an_answer_that_takes_too_long_as_a_whole(provider, marker, settings):
    """Red when the whole answer's deadline is told as silence."""
    settings.LLM_TOTAL_SECONDS = 0.4
    provider.script(marker, Say(pieces=("on ",) * 100, pause=0.05))
    heard = await listen(marker)
    assert str(heard.failure) == "the answer took too long"
    assert 0 < len(heard.pieces) < 100


async def test_only_empty_choices(provider, marker):
    provider.script(marker, Say(raw=('{"choices": []}', DONE)))
    assert str((await listen(marker)).failure) == "the stream ended before it began"


@pytest.mark.parametrize("finish", ["stop", "length", "content_filter"])
async def test_an_empty_answer(provider, marker, finish):
    provider.script(marker, Say(raw=(chunk({}, finish), DONE)))
    assert str((await listen(marker)).failure) == "an empty answer"


GARBAGE = [
    "{broken",
    '"text"',
    "[1, 2]",
    '{"choices": [null]}',
    '{"choices": {"0": 1}}',
    '{"choices": 7}',
    '{"choices": [{"delta": "text"}]}',
    '{"choices": [{"delta": {"content": ["text"]}}]}',
    '{"choices": [{"delta": {"content": 7}}]}',
    '{"choices": [{"delta": {"tool_calls": {"a": 1}}}]}',
    '{"choices": [{"delta": {"tool_calls": [null]}}]}',
    '{"choices": [{"delta": {"tool_calls": [{"index": "a"}]}}]}',
    '{"choices": [{"delta": {"tool_calls": [{"index": 0, "function": {"arguments": {"a": 1}}}]}}]}',
    '{"choices": [], "usage": {"prompt_tokens": "many"}}',
    '{"choices": [], "usage": {"prompt_tokens": Infinity}}',
]


@pytest.mark.parametrize("line", GARBAGE)
async def test_garbage_in_the_middle(provider, marker, line):
    """Red when `_take` lets a TypeError out: the run would fail instead of trying again."""
    provider.script(marker, Say(raw=(chunk({"content": "Half an "}), line, chunk({}, "stop"), DONE)))
    heard = await listen(marker)
    assert heard.text == "Half an "
    assert heard.error is not None


@pytest.mark.parametrize("line", GARBAGE)
async def test_garbage_at_the_start_is_tried_again(provider, marker, line):
    provider.script(marker, Say(raw=(line, chunk({"content": "x"}), chunk({}, "stop"))), Say(pieces=("Fine.",)))
    heard = await listen(marker)
    assert (heard.text, heard.error) == ("Fine.", None)


async def test_an_error_object_at_the_start(provider, marker):
    provider.script(marker, Say(raw=('{"error": {"message": "overloaded"}}',)), Say(pieces=("Fine.",)))
    assert (await listen(marker)).text == "Fine."


async def test_an_error_object_in_the_middle(provider, marker):
    raw = (chunk({"content": "Half an "}), '{"error": {"message": "overloaded"}}', chunk({}, "stop"), DONE)
    provider.script(marker, Say(raw=raw))
    heard = await listen(marker)
    assert heard.text == "Half an "
    assert "overloaded" not in str(heard.failure)


async def test_a_page_instead_of_a_stream(provider, marker):
    """A wrong base URL often answers 200 with HTML."""
    provider.script(marker, Say(raw=("<html>", "</html>")))
    assert (await listen(marker)).error is not None
