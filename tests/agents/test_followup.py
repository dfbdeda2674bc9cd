"""A question that leans on what was said before is searched with it; one that stands by itself is not."""

import pytest

from agents import followup
from agents.turn import Utterance
from tests.agents.conftest import context_of

SHIP = Utterance("customer", "When do parcels leave the warehouse in Gent on weekdays?")
AT_NINE = Utterance("assistant", "At nine.")


@pytest.mark.parametrize(
    "question",
    [
        "and how much is that?",
        "What about Sundays and public holidays in the other countries?",
        "How long does it take until I get one of those delivered?",
        "Und wie lange dauert das bei einer Lieferung in die Schweiz?",
        "Why?",
    ],
)
def test_it_leans(question):
    """Red when `query` gives the question alone."""
    turn = context_of(question, history=(SHIP, AT_NINE))
    assert followup.query(turn) == f"{SHIP.text}\n{question}"


@pytest.mark.parametrize(
    "question",
    [
        "How do I change the password of my account?",
        "Wie kann ich mein Passwort im Kundenkonto ändern?",
        "It " + "word " * followup.LONG_WORDS,
    ],
)
def test_it_stands_by_itself(question):
    """Red when `leans` says so of every question."""
    assert followup.query(context_of(question, history=(SHIP, AT_NINE))) == question


def test_it_looks_back_to_what_stands_by_itself():
    """Red when `_topic` ends at the first message."""
    history = (Utterance("customer", "Old and unrelated question about invoices?"), SHIP, AT_NINE)
    further = (Utterance("customer", "and Sundays?"), Utterance("assistant", "No."), Utterance("customer", "Thanks!"))
    assert followup.query(context_of("why not?", history=history + further)) == f"{SHIP.text}\nand Sundays?\nwhy not?"


def test_it_looks_back_so_far_and_no_further():
    history = tuple(Utterance("customer", f"and {number}?") for number in range(9))
    assert followup.query(context_of("why?", history=history)) == "and 6?\nand 7?\nand 8?\nwhy?"
    history = (Utterance("customer", "x" * 1000),)
    assert len(followup.query(context_of("why?", history=history))) == followup.BACK_CHARACTERS + len("\nwhy?")


def test_there_may_be_nothing_before():
    assert followup.query(context_of("and how much is that?")) == "and how much is that?"
