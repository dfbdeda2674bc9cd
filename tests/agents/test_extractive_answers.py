"""Answers without a model are real sentences of real passages, cited."""

import re

import pytest

from agents.turn import Reply
from tests.agents.conftest import publish

PROSE = (
    "Our warehouse stands in Gent. Parcels leave it every morning at nine. Orders after eight in the morning leave "
    "the next day. Parcels to islands take three days longer. We pack everything in paper. The courier rings twice. "
    "If nobody opens, the parcel goes to the nearest shop. You can collect it there for a week. After a week it comes "
    "back to us. We then refund the order, but not the postage."
)
LIST = "# Refunds\n\nTo get your money back:\n\n1. Open your order.\n2. Press *Return*.\n3. Print the label.\n"
CODE = 'Put the snippet before `</body>`:\n\n```html\n<script async src="https://x/widget.js"></script>\n```\n\nThat is all.'


@pytest.fixture
def help_centre(knowledge):
    return {
        title: publish(title, body)
        for title, body in (("Shipping", PROSE), ("Refunds", LIST), ("Embedding the widget", CODE))
    }


def said(reply: Reply) -> list[str]:
    """The sentences and lines of an answer, without marks."""
    text = re.sub(r"\s*\[\d+\]", "\n", reply.text)
    return [part.strip() for line in text.splitlines() for part in re.split(r"(?<=[.!?])\s+", line) if part.strip()]


@pytest.mark.parametrize(
    "question",
    [
        "When do parcels leave the warehouse?",
        "How do I get my money back for an order?",
        "Where do I put the widget snippet?",
    ],
)
async def test_each_sentence_stands_in_a_cited_passage(ask, help_centre, question):
    """Red when `answer` builds citations from another list than the text."""
    reply = (await ask(question)).reply
    assert reply.answered
    assert reply.citations
    sources = [citation.passage.text for citation in reply.citations]
    for sentence in said(reply):
        assert any(sentence in source for source in sources), sentence


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("When do parcels leave the warehouse?", "Shipping"),
        ("How do I get my money back for an order?", "Refunds"),
        ("Where do I put the widget snippet?", "Embedding the widget"),
    ],
)
async def test_the_right_article_is_cited(ask, help_centre, question, title):
    reply = (await ask(question)).reply
    assert help_centre[title].pk in {citation.passage.article_id for citation in reply.citations}


async def test_marks_and_citations_are_the_same_set(ask, help_centre):
    reply = (await ask("How do I get my money back for an order?")).reply
    marks = {int(mark) for mark in re.findall(r"\[(\d+)\]", reply.text)}
    assert marks == {citation.index for citation in reply.citations}
    for citation in reply.citations:
        assert citation.passage == reply.passages[citation.index - 1]


async def test_a_long_paragraph_is_cut_to_what_matters(ask, help_centre):
    reply = (await ask("When do parcels leave the warehouse?")).reply
    assert "Parcels leave it every morning at nine." in reply.text
    assert len(reply.text) < len(PROSE)


async def test_a_list_keeps_its_lead_in_and_all_its_steps(ask, help_centre):
    reply = (await ask("How do I get my money back for an order?")).reply
    assert "To get your money back:\n\n1. Open your order.\n2. Press *Return*.\n3. Print the label." in reply.text


async def test_code_stays_whole(ask, help_centre):
    reply = (await ask("Where do I put the widget snippet?")).reply
    assert '```html\n<script async src="https://x/widget.js"></script>\n```' in reply.text
