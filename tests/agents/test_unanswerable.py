"""What the help centre does not know is not answered from it."""

import pytest

from agents import texts
from tests.agents.conftest import publish


@pytest.fixture
def help_centre(refunds, shipping):
    publish("Opening hours", "We answer from nine to five, Monday to Friday.")


@pytest.mark.parametrize(
    "question",
    [
        "What is the capital of Mongolia?",
        "Who won the world cup in 1954?",
        "How do I bake sourdough bread?",
        "qwertz asdf yxcv",
    ],
)
async def test_a_question_beside_the_point(ask, help_centre, question):
    """Red when `answer` takes any evidence."""
    reply = (await ask(question)).reply
    assert reply.text == texts.say("dont_know", "en")
    assert not reply.answered
    assert reply.citations == ()
    assert reply.engine == "extractive"


async def test_an_empty_help_centre(ask, knowledge):
    reply = (await ask("How long does a refund take?")).reply
    assert (reply.text, reply.answered, reply.passages) == (texts.say("dont_know", "en"), False, ())
