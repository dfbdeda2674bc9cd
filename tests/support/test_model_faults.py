"""The model provider fails in every way it can; the customer is never left with half an answer or none."""

import uuid

import pytest

from tests.fakes.model import Say

QUESTION = "How do I add the chat to my website?"


def answer_of(live, *says: Say) -> tuple[dict, str]:
    marker = uuid.uuid4().hex
    live.model.script(marker, *says)
    customer = live.customer()
    sent = customer.send(f"{QUESTION} {marker}", wait=60)
    return sent["replies"][-1], marker


@pytest.mark.parametrize("status", [400, 401, 404, 429, 500, 503])
def test_an_error_status_is_answered_by_the_extractive_engine(live, status):
    reply, _ = answer_of(live, Say(status=status))
    assert reply["engine"] == "extractive"
    assert reply["role"] == "assistant"


def test_a_passing_error_is_tried_again(live):
    reply, marker = answer_of(live, Say(status=500), Say())
    assert reply["engine"] == "llm"
    assert len(live.model.calls(marker)) == 2


@pytest.mark.parametrize("broken", [Say(cut=True), Say(finish=None), Say(finish="length")])
def test_a_truncated_answer_is_redone_never_shown_as_finished(live, broken):
    """Mutation: treat a stream without finish_reason as complete in llm.ChatStream._next."""
    reply, _ = answer_of(live, broken, Say(pieces=("Whole ", "[1].")))
    assert reply["text"] == "Whole [1]."
    assert reply["engine"] == "llm"


def test_what_is_always_truncated_is_answered_by_the_extractive_engine(live):
    reply, _ = answer_of(live, Say(cut=True))
    assert reply["engine"] == "extractive"


def test_an_empty_answer_is_no_answer(live):
    reply, _ = answer_of(live, Say(pieces=()))
    assert reply["engine"] == "extractive"


def test_citations_that_name_nothing_are_dropped(live):
    """Mutation: return match[0] for any index in citations.CitationFilter._resolve."""
    reply, _ = answer_of(live, Say(pieces=("True [1]. ", "Invented [", "99].")))
    assert reply["text"] == "True [1]. Invented."
    assert [citation["index"] for citation in reply["citations"]] == [1]


def test_the_common_question_costs_one_model_call(live):
    _, marker = answer_of(live, Say())
    assert len(live.model.calls(marker)) == 1


def test_a_tool_call_is_shown_as_a_step_and_answered(live):
    reply, marker = answer_of(live, Say(tool=("search_knowledge", '{"query": "rate limits"}')), Say())
    assert reply["engine"] == "llm"
    assert len(live.model.calls(marker)) == 2


def test_the_model_may_ask_for_a_person(live):
    reply, _ = answer_of(live, Say(tool=("escalate_to_human", '{"reason": "negative_sentiment"}')))
    assert reply["notice"] == "queued"
