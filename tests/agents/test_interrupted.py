"""An answer that breaks off after text was shown is never finished: the turn ends in Interrupted, without a Reply."""

import pytest

from agents.turn import Limits, Reply
from tests.agents.streaming import DONE, chunk
from tests.fakes.model import Say

QUESTION = "How long does it take to get my money back?"


@pytest.mark.parametrize(
    "say",
    [
        Say(pieces=("Within ",), cut=True),
        Say(pieces=("Within ",), finish=None),
        Say(pieces=("Within ",), finish="length"),
        Say(pieces=("Within ",), finish="content_filter"),
        Say(raw=(chunk({"content": "Within "}), "{broken", DONE)),
        Say(raw=(chunk({"content": "Within "}), '{"error": {"message": "overloaded"}}', DONE)),
    ],
    ids=["cut", "clean end", "length", "filtered", "garbage", "error"],
)
async def test_a_break_after_text(provider, marker, ask, refunds, say):
    """Red when `_with_model` gives a ModelError after text on as it is, or does not look at finish_reason."""
    provider.script(marker, say)
    turn = await ask(f"{QUESTION} {marker}")
    assert turn.shown.startswith("Within")
    assert turn.interrupted is not None
    assert not any(isinstance(event, Reply) for event in turn.events)
    assert len(provider.calls(marker)) == 1


async def test_a_break_in_the_second_call(provider, marker, ask, refunds):
    call = {"index": 0, "id": "a", "type": "function", "function": {"name": "search_knowledge", "arguments": "{}"}}
    raw = (chunk({"content": "Let me look."}), chunk({"tool_calls": [call]}), chunk({}, "tool_calls"), DONE)
    provider.script(marker, Say(raw=raw), Say(status=401))
    turn = await ask(f"{QUESTION} {marker}")
    assert turn.interrupted is not None
    assert not any(isinstance(event, Reply) for event in turn.events)


async def test_an_endless_answer(provider, marker, ask, refunds):
    provider.script(marker, Say(pieces=("on and on ",) * 50))
    turn = await ask(f"{QUESTION} {marker}", limits=Limits(output_characters=100))
    assert turn.interrupted is not None
    assert len(turn.shown) == 100


async def test_a_length_limit_before_any_text_is_answered_without_the_model(provider, marker, ask, refunds):
    provider.script(marker, Say(raw=(chunk({}, "length"), DONE)))
    turn = await ask(f"{QUESTION} {marker}")
    assert turn.reply.engine == "extractive"
