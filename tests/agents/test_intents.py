"""What is understood without a model: small talk, and the wish for a person."""

import pytest

from agents.intents import Intent, recognise, small_talk
from tests.agents.conftest import context_of


@pytest.mark.parametrize("text", ["Hi", "hello!", "Good morning", "  hey   there ", "Hallo", "Bonjour."])
def test_greetings(text):
    assert recognise(text) is Intent.GREETING


@pytest.mark.parametrize("text", ["Thanks", "thank you so much!", "Perfect, thanks!", "ok thanks", "merci", "Danke."])
def test_thanks(text):
    assert recognise(text) is Intent.THANKS


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("Hello, how are you?", Intent.GREETING),
        ("Great, it works now. Thanks!", Intent.THANKS),
        ("ok, thanks, bye", Intent.GOODBYE),
        ("Hi, it works now, and where is my invoice?", None),
        ("How are you counting messages?", None),
        ("ok", None),
    ],
)
def test_small_talk_in_pieces(text, intent):
    """Red when `_pieced` forgets that a piece may be something else (`if None in intents`)."""
    assert recognise(text) is intent


@pytest.mark.parametrize("text", ["bye", "Goodbye!", "that's all", "No, that's it."])
def test_goodbyes(text):
    assert recognise(text) is Intent.GOODBYE


@pytest.mark.parametrize(
    "text",
    [
        "I want to talk to a human",
        "Can I speak with a real person please?",
        "connect me to an agent",
        "Please transfer me to a representative.",
        "human please",
        "agent",
        "I need a human being",
        "get me a real person NOW",
        "talk to someone",
        "is there a human I can write to?",
        "How can I talk to a person?",
        "hand me over to a colleague",
        "can you put me through to someone then?",
        "please connect me with your support staff",
        "Ich möchte mit einem Menschen sprechen",
        "quiero hablar con una persona",
        "je veux parler à un humain",
    ],
)
def test_the_wish_for_a_person(text):
    assert recognise(text) is Intent.PERSON


@pytest.mark.parametrize(
    "text",
    [
        "How does a human agent claim a conversation?",
        "What happens when a customer wants to talk to a human?",
        "Where does the AI agent get its answers from?",
        "Does the agent hand over to a person outside opening hours?",
        "How do human agents release a conversation?",
        "I need an agent API key",
        "I want a human agent account",
        "What can a support agent see?",
        "Hi, how long does a refund take?",
        "Thanks, but where do I find my invoice?",
        "How do I contact billing?",
        "Which person gets the notification?",
        "It is a holiday, what does the chat say to customers who want an employee?",
        "",
    ],
)
def test_questions_are_left_to_the_knowledge(text):
    """Red when `recognise` forgets the look at `_ASKS_HOW`."""
    assert recognise(text) is None


def test_a_long_message_is_no_small_talk():
    assert recognise("talk to a person " * 20) is None


def test_each_kind_of_small_talk_has_a_reply_without_citations():
    for text in ("Hello!", "Thank you!", "Bye!"):
        answer = small_talk(context_of(text))
        assert answer.text
        assert answer.citations == ()
