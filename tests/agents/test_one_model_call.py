"""The common question costs one model call, and its answer cites what was found for it."""

import pytest

from agents.turn import Delta, Step, Utterance
from knowledge.audience import Audience
from tests.agents.conftest import REFUNDS, publish
from tests.fakes.model import Say


async def test_the_common_question(provider, marker, ask, refunds, shipping):
    """Red when the first call goes without the passages: the model would need a second one to see them."""
    provider.script(marker, Say(pieces=("Within ", "14 days ", "[1].")))
    turn = await ask(f"How long does it take to get my money back? {marker}")
    (call,) = provider.calls(marker)
    assert REFUNDS in call["messages"][-1]["content"]
    assert turn.reply.text == turn.shown == "Within 14 days [1]."
    assert turn.reply.engine == "llm"
    assert turn.reply.answered
    assert [(c.index, c.passage.article_id) for c in turn.reply.citations] == [(1, refunds.pk)]
    assert turn.reply.citations[0].quote == REFUNDS
    assert turn.reply.usage.model_calls == 1
    assert turn.reply.usage.input_tokens == 100
    assert turn.reply.usage.first_token_ms is not None


async def test_the_customer_sees_the_search_and_then_text(provider, marker, ask, refunds):
    provider.script(marker, Say(pieces=("Within ", "14 days.")))
    turn = await ask(f"How long does it take to get my money back? {marker}")
    first, *then = turn.events[:-1]
    assert isinstance(first, Step)
    assert {type(event) for event in then} == {Delta}
    assert turn.shown == "Within 14 days."
    assert turn.steps == ["search_knowledge"]


async def test_the_passages_stand_numbered_in_the_request(provider, marker, ask, refunds):
    await ask(f"How long does it take to get my money back? {marker}")
    (request,) = provider.calls(marker)
    asked = request["messages"][-1]["content"]
    assert '<passage number="1" title="Refunds">\nYou get your money back within 14 days.' in asked
    assert asked.endswith(f"How long does it take to get my money back? {marker}")
    assert {entry["function"]["name"] for entry in request["tools"]} >= {"search_knowledge", "escalate_to_human"}


async def test_nothing_found_is_said_to_the_model(provider, marker, ask, knowledge):
    await ask(f"How long does it take to get my money back? {marker}")
    assert "(nothing was found)" in provider.calls(marker)[0]["messages"][-1]["content"]


async def test_what_was_said_before_comes_along(provider, marker, ask, knowledge):
    history = (Utterance("customer", "Do you ship to Peru?"), Utterance("human", "Yes."), Utterance("assistant", "Hm."))
    await ask(f"And how long does it usually take? {marker}", history=history)
    messages = provider.calls(marker)[0]["messages"]
    assert [(m["role"], m["content"]) for m in messages[1:-1]] == [
        ("user", "Do you ship to Peru?"),
        ("assistant", "Yes."),
        ("assistant", "Hm."),
    ]
    assert "Acme" in messages[0]["content"]


async def test_a_short_follow_up_is_searched_with_the_message_before(provider, ask, refunds, shipping):
    provider.script("and on Sundays?", Say(pieces=("[1]",)))
    history = (Utterance("customer", "When do parcels leave the warehouse?"), Utterance("assistant", "At nine."))
    turn = await ask("and on Sundays?", history=history)
    assert turn.reply.passages[0].article_id == shipping.pk


async def test_old_history_is_left_out_when_it_is_long(provider, marker, ask, knowledge):
    history = (Utterance("customer", "old " * 1000), Utterance("assistant", "new " * 1000))
    await ask(f"How long does a refund take you? {marker}", history=history)
    contents = [message["content"] for message in provider.calls(marker)[0]["messages"][1:-1]]
    assert [content[:3] for content in contents] == ["new"]


@pytest.fixture
def for_members(knowledge):
    return publish("Member refunds", "Members get their money back within one day.", audience="identified")


async def test_only_what_the_customer_may_see_reaches_the_model(provider, marker, ask, for_members):
    question = f"How long does it take to get my money back? {marker}"
    await ask(question)
    await ask(question, audience=Audience(identified=True))
    before, after = (request["messages"][-1]["content"] for request in provider.calls(marker))
    assert "one day" not in before
    assert "one day" in after


async def test_an_unknown_index_is_dropped_from_stream_and_reply(provider, marker, ask, refunds):
    """Red when Reply takes the model's text as it came."""
    provider.script(marker, Say(pieces=("Within 14 days [", "1] [9", "9].")))
    turn = await ask(f"How long does it take to get my money back? {marker}")
    assert turn.reply.text == turn.shown == "Within 14 days [1]."
    assert [citation.index for citation in turn.reply.citations] == [1]


async def test_no_answer_ends_in_the_middle_of_a_mark(provider, marker, ask, refunds):
    provider.script(marker, Say(pieces=("Use the list [", "1")))
    turn = await ask(f"How long does it take to get my money back? {marker}")
    assert turn.reply.text == turn.shown == "Use the list [1"
    assert turn.reply.citations == ()
