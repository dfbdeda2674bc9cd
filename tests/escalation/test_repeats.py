"""Going in circles, taking up an offer, and topics: what is compared by meaning."""

import pytest

from agents import texts
from agents.escalation import offers, repeats, topics
from agents.escalation.default import BUILT_IN
from agents.escalation.rules import Action, Policy, Rule, Trigger
from agents.language import LANGUAGES


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("How do I reset my password?", "how can i reset my password", True),
        ("Where is my order?", "Where's my order??", True),
        ("I want my money back for this order", "I'd like my money back for this order please", True),
        ("When will the parcel arrive?", "When does my parcel arrive", True),
        ("How do I cancel my order?", "How do I track my order?", False),
        ("How do I change my password?", "How do I change my address?", False),
        ("Does it come in red?", "Does it run on batteries?", False),
        ("ok", "ok", False),
        ("why?", "why?", False),
    ],
)
def test_the_same_question_in_the_same_or_other_words(one, other, is_same):
    """Red when SAME_QUESTION is .95, and when it is .6."""
    assert repeats.of_customer(one, [other]) == (2 if is_same else 1)


def test_the_same_answer_whatever_its_citations():
    answer = "You get your money back within 14 days [1]. Write to billing to start a refund [2]."
    again = "You get your money back within 14 days [2]. Write to billing to start a refund [1]."
    other = "Parcels leave our warehouse every morning at nine [1]."
    assert repeats.of_agent(again, [answer, other, answer]) == 3
    assert repeats.of_agent(other, [answer, ""]) == 1
    assert repeats.of_agent("", [""]) == 1


@pytest.mark.parametrize("text", ["yes", "Yes please!", "sure, thanks", "Ja, bitte", "oui", "that would be great"])
def test_a_plain_yes_accepts(text):
    assert offers.accepted(text)


@pytest.mark.parametrize(
    "text", ["no", "yes but how much is it?", "yesterday", "please send the invoice", "", "not sure"]
)
def test_anything_else_does_not(text):
    assert not offers.accepted(text)


def test_an_offer_in_the_rules_own_words_is_one():
    own = Rule("o", Trigger.ANGER, Action.OFFER, "loop", text="Shall I fetch Anna?")
    assert offers.made("I don't know. Shall I fetch Anna?\n", Policy(1, (own,)))
    assert not offers.made("Shall I fetch Anna?", BUILT_IN)
    for language in LANGUAGES:
        assert offers.made(f"Hm. {texts.say('offer', language)}", BUILT_IN)
    assert not offers.made(f"{texts.say('offer', 'en')} Or not.", BUILT_IN)


LEGAL = ("Can you give me legal advice?", "Is it legal to do that?", "Can I sue my landlord?", "What does the law say?")
POLITICS = ("Who should I vote for?", "What do you think of the president?", "Which party is the best one?")


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("could you give me some legal advice please", LEGAL),
        ("can i sue my neighbour", LEGAL),
        ("which party should I vote for", POLITICS),
        ("what is your opinion of the president", POLITICS),
        ("How do I get a refund?", None),
        ("Where is my parcel?", None),
        ("How do I invite a colleague?", None),
    ],
)
def test_topics_are_recognised_by_their_phrasings(text, meant):
    """Red when RECOGNISED is taken for .99."""
    found = topics.read(text, (LEGAL, POLITICS))
    assert {topic for topic, reading in found.items() if reading.likely >= topics.RECOGNISED} == ({meant} - {None})
