"""The wish for a person, and anger, in words that the examples do not have: measured on phrasings held out."""

import pytest

from agents import intents
from agents.escalation import phrasings, vectors, wording
from agents.escalation.calibration import LIKELY
from agents.escalation.observing import Said, observe
from agents.escalation.rules import Action, Policy, Rule, Trigger
from agents.escalation.snapshot import UNREMARKABLE
from tests.escalation.calibrate import HELD_OUT, questions
from tests.golden import FOLDER as GOLDEN

BOTH = Policy(
    1,
    (
        Rule("person", Trigger.CUSTOMER_REQUEST, Action.ESCALATE, "customer_request"),
        Rule("anger", Trigger.ANGER, Action.ESCALATE, "negative_sentiment"),
    ),
)


def seen(text: str):
    return observe(BOTH, text, Said(), UNREMARKABLE)


@pytest.fixture(scope="module")
def held_out():
    """(phrasing, what was seen of it)."""
    asked = phrasings.read(HELD_OUT)
    vectors.of([one.text for one in asked])
    return [(one, seen(one.text)) for one in asked]


@pytest.mark.parametrize(("meaning", "precision", "recall"), [("person", 0.94, 0.92), ("anger", 0.88, 0.88)])
def test_meaning_is_recognised_in_other_words(held_out, meaning, precision, recall):
    """Red when `observing._meaning` leaves the embedding out: the word list alone finds half of the wishes."""
    taken = [one for one, snapshot in held_out if getattr(snapshot, meaning).likely >= LIKELY[meaning]]
    right = [one for one in taken if meaning in one.means]
    assert len(right) / len(taken) >= precision, [one.text for one in taken if one not in right]
    meant = [one for one, _ in held_out if meaning in one.means]
    assert len(right) / len(meant) >= recall, [one.text for one in meant if one not in right]


def test_held_out_phrasings_are_no_examples():
    asked = phrasings.read(HELD_OUT)
    assert len(asked) >= 100
    assert not {one.text.casefold() for one in asked} & {one.text.casefold() for one in phrasings.read()}


def test_questions_about_the_product_are_hardly_ever_taken_for_either():
    """Red when `wording.read` forgets `asks_in_general`."""
    asked = questions(GOLDEN, "answer")
    vectors.of([one.text for one in asked])
    read = [(one.text, seen(one.text)) for one in asked]
    wishes = [text for text, snapshot in read if snapshot.person.likely >= LIKELY["person"]]
    assert len(wishes) <= 2, wishes
    angry = [text for text, snapshot in read if snapshot.anger.likely >= LIKELY["anger"]]
    assert len(angry) <= 3, angry


@pytest.mark.parametrize(
    "text",
    [
        "Can a person see my data?",
        "How does a customer get to talk to a human being?",
        'Our visitor wrote "I need to speak with a human". Will it be noticed?',
    ],
)
def test_a_question_about_people_is_no_wish(text):
    """Red when `asks_in_general` takes the words that are quoted for the speaker's own."""
    assert seen(text).person.likely < LIKELY["person"]


def test_a_wish_at_the_end_of_a_long_message_is_heard():
    """Red when `pieces` gives the text as a whole."""
    told = "I bought a lamp in May. It came with a cable that is too short. The shop said to write here. "
    assert seen(told * 6 + "Could somebody from your team look at it with me?").person.likely >= LIKELY["person"]
    assert seen(told * 6).person.likely < LIKELY["person"]


@pytest.mark.parametrize("text", ["", "  ", "?!", "\n\n", "a", "x" * 8000, "ok. " * 2000])
def test_any_text_can_be_read(text):
    assert set(wording.read(text)) == {"person", "anger"}
    assert len(wording.pieces(text)) <= 6


def test_what_the_word_list_knows_needs_no_embedding(monkeypatch):
    monkeypatch.setattr(wording, "read", lambda text: pytest.fail("embedded"))
    alone = Policy(1, BOTH.rules[:1])
    for text in ("I want to talk to a human", "hello!", "thanks"):
        assert intents.recognise(text) is not None
        observe(alone, text, Said(), UNREMARKABLE)
