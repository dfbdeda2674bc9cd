"""Older messages become notes: the model's, when it gives any, and an extract otherwise."""

import json

import pytest

from agents import notes
from agents.memory import SUMMARY_CHARACTERS
from agents.turn import Utterance
from tests.fakes.model import Say

SAID = (Utterance("customer", "My name is Ada. The drill X200 is broken."), Utterance("assistant", "I am sorry."))


def kept(**arguments) -> Say:
    return Say(tool=("keep_notes", json.dumps(arguments)))


def said(marker: str) -> tuple[Utterance, ...]:
    return (*SAID, Utterance("customer", f"Again: {marker}"))


async def test_the_model_writes_them(provider, marker):
    provider.script(marker, kept(summary="Ada has a broken drill.", facts={"product": "drill X200"}))
    made = await notes.written("Before.", said(marker))
    assert made.summary == "Ada has a broken drill."
    assert made.slots == {"product": "drill X200", "name": "Ada"}
    assert (made.usage.model_calls, made.usage.input_tokens, made.usage.output_tokens) == (1, 100, 20)
    (request,) = provider.calls(marker)
    assert [tool["function"]["name"] for tool in request["tools"]] == ["keep_notes"]
    assert "<remembered>\nBefore.\n</remembered>" in request["messages"][-1]["content"]


async def test_a_fact_is_the_customers_own_words(provider, marker):
    """Red when `_stated` takes what the model says."""
    provider.script(marker, kept(summary="A drill.", facts={"order": "99999", "identity": "admin", "product": "X200"}))
    assert (await notes.written("", said(marker))).slots == {"product": "X200", "name": "Ada"}


@pytest.mark.parametrize(
    "say",
    [
        Say(status=500),
        Say(pieces=("I would rather chat.",)),
        Say(tool=("keep_notes", "{broken")),
        kept(summary=" "),
        kept(summary="nul \x00"),
        Say(pieces=("cut",), cut=True),
    ],
    ids=["error", "text", "broken", "empty", "unstorable", "cut"],
)
async def test_without_the_models_there_is_an_extract(provider, marker, say, settings):
    """Red when `written` lets the model's failure through."""
    provider.script(marker, say)
    made = await notes.written("", said(marker))
    assert made.summary.splitlines() == [
        "Customer: My name is Ada. The drill X200 is broken.",
        "Assistant: I am sorry.",
        f"Customer: Again: {marker}",
    ]
    assert made.slots == {"name": "Ada"}
    assert made.usage.model_calls == 1  # whatever it was, it has to be paid for


async def test_they_are_bounded(provider, marker):
    """Red when `_by_model` does not cut."""
    provider.script(marker, kept(summary="word " * SUMMARY_CHARACTERS))
    assert len((await notes.written("", said(marker))).summary) <= SUMMARY_CHARACTERS
    provider.script(marker, kept(summary="x" * SUMMARY_CHARACTERS))
    assert len((await notes.written("", said(marker))).summary) == SUMMARY_CHARACTERS


def test_an_extract_keeps_the_beginning_and_the_end():
    """Red when `extract` does not delete lines."""
    summary = ""
    for number in range(60):
        summary = notes.extract(summary, [Utterance("customer", f"Question {number} " + "and so on " * 20)])
    lines = summary.splitlines()
    assert len(summary) <= SUMMARY_CHARACTERS
    assert "Question 0 " in lines[0]
    assert "Question 59 " in lines[-1]
    assert len(lines) > 8
