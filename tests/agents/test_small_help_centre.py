"""A help centre of three articles: most words of a good question are new to it, and it answers all the same."""

import pytest

from agents.turn import Reply
from tests.agents.conftest import publish


@pytest.fixture
def help_centre(knowledge):
    publish("Shipping", "The courier rings twice. If nobody opens, the parcel goes to the nearest shop.")
    publish("Embedding the chat", "Put the snippet before the closing body tag of each page.")
    publish("Refunds", "You get your money back within 14 days.")


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("Where does the parcel go if nobody opens?", "Shipping"),
        ("How do I embed the widget snippet in my page?", "Embedding the chat"),
    ],
)
async def test_few_articles_answer_what_they_can(ask, help_centre, question, title):
    """Red when unknown words weigh the same in any help centre (retrieval._FEW_CHUNKS = 0)."""
    reply = (await ask(question)).reply
    assert isinstance(reply, Reply)
    assert [citation.passage.title for citation in reply.citations][:1] == [title]
