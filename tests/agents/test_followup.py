"""A question that says little by itself is searched with what it leans on; one that says enough is not."""

import pytest

from agents import followup
from agents.turn import Utterance
from tests.agents.conftest import context_of, publish

SHIP = Utterance("customer", "When do parcels leave the warehouse in Gent?")
AT_NINE = Utterance("assistant", "At nine.")


@pytest.mark.parametrize(
    "question",
    [
        "and how much is that?",
        "What about Sundays?",
        "Why?",
        "Und wie ist das sonntags?",
        "¿Y cómo es eso?",
        "et pourquoi ?",
    ],
)
def test_it_leans(question):
    """Red when `query` gives the question alone."""
    turn = context_of(question, history=(SHIP, AT_NINE))
    assert followup.query(turn) == f"{question} parcels leave warehouse gent"


@pytest.mark.parametrize(
    "question",
    [
        "How do I change the password of my account?",
        "Is there a limit on the file size?",
        "Wie kann ich mein Passwort ändern?",
    ],
)
def test_it_stands_by_itself(question):
    """Red when every question leans: on real follow-ups that finds less than the question alone."""
    assert followup.query(context_of(question, history=(SHIP, AT_NINE))) == question


def test_it_looks_back_to_what_stands_by_itself():
    """Red when `_topic` ends at the first message."""
    history = (Utterance("customer", "Old and unrelated question about invoices?"), SHIP, AT_NINE)
    further = (Utterance("customer", "and Sundays?"), Utterance("assistant", "No."), Utterance("customer", "Thanks!"))
    found = followup.query(context_of("why not?", history=history + further))
    assert found == "why not? parcels leave warehouse gent sundays"


def test_it_looks_back_so_far_and_no_further():
    """Red when BACK_MESSAGES or BACK_CHARACTERS is not looked at."""
    history = tuple(Utterance("customer", f"and word{number}?") for number in range(9))
    assert followup.query(context_of("why?", history=history)) == "why? word6 word7 word8"
    history = (Utterance("customer", "xy " * 100 + "beyond"),)
    assert followup.query(context_of("why?", history=history)) == "why? xy"


def test_there_may_be_nothing_before():
    assert followup.query(context_of("and how much is that?")) == "and how much is that?"


@pytest.fixture
def peru(knowledge):
    publish("How much is that?", "And how much is that? That is how much it is in Peru.")
    return publish("Delivery", "Express delivery to Peru costs forty euros. It takes two days.")


async def test_the_extractive_engine_answers_what_is_meant(ask, peru):
    """Red when it weighs the passages against the question alone."""
    history = (Utterance("customer", "Is there an express delivery to Peru?"), Utterance("assistant", "Yes."))
    turn = await ask("And how much is that?", history=history)
    assert turn.reply.citations[0].passage.article_id == peru.pk
