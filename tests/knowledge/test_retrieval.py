"""How passages are found and what is said about them."""

import pytest

from knowledge import retrieval
from knowledge.audience import Audience
from tests.knowledge.publishing import publish, save

pytestmark = pytest.mark.django_db


def search(question: str, limit: int = retrieval.DEFAULT_LIMIT) -> list[retrieval.Passage]:
    return retrieval.search(question, Audience(), limit).passages


@pytest.fixture
def help_centre():
    return {
        title: publish(title, body)
        for title, body in {
            "Refunds": "You get your money back within 14 days.",
            "Shipping": "Parcels leave our warehouse every morning.",
            "Error codes": "E4711 means that the printer is out of paper.",
        }.items()
    }


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("when will I be reimbursed", "Refunds"),
        ("E4711", "Error codes"),
        ("when are packages dispatched", "Shipping"),
    ],
)
def test_meaning_and_words_both_find(help_centre, question, title):
    assert search(question)[0].title == title


def test_a_passage_says_where_it_is_from(help_centre):
    article = publish("Pay", "# Cards\n\nWe take Visa.", url="https://example.com/pay")
    passage = search("which cards do you take, Visa?")[0]
    assert (passage.article_id, passage.version, passage.title) == (article.pk, 1, "Pay")
    assert (passage.url, passage.heading, passage.text) == ("https://example.com/pay", "Cards", "We take Visa.")
    assert passage.chunk_id == article.chunks.get().id


def test_scores_are_what_they_say(help_centre):
    passages = search("E4711 printer")
    assert [p.score for p in passages] == sorted((p.score for p in passages), reverse=True)
    assert all(-1.001 <= p.dense <= 1.001 for p in passages)
    assert all(0 <= p.coverage <= 1.0001 for p in passages)
    best = passages[0]
    assert best.coverage == pytest.approx(1)
    assert best.lexical > 0
    assert {p.lexical for p in passages[1:]} == {0.0}


def test_coverage_weighs_words_by_rarity(help_centre):
    """Half the words, but a word that no chunk has weighs the most."""
    (best, *_) = search("printer frobnicator")
    assert 0 < best.coverage < 0.5


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_no_more_than_asked_for(help_centre, limit):
    assert len(search("money back parcels printer", limit)) == limit


def test_no_passage_comes_twice(help_centre):
    passages = search("money back within 14 days")
    assert len({p.chunk_id for p in passages}) == len(passages) == 3


def test_chunks_without_a_vector_are_not_found(help_centre):
    """Red when either half forgets `embedding IS NOT NULL`."""
    save("Gift cards", "Gift cards never expire.")
    assert "Gift cards" not in {p.title for p in search("do gift cards expire")}


@pytest.mark.parametrize("question", ["", " ", "the of and", "🎉", "' OR 1=1 --", "%s %(x)s", "a" * 5000, "!?&|<->:*"])
def test_any_text_may_be_searched_for(help_centre, question):
    assert len(search(question)) == 3


def test_nothing_is_found_in_nothing():
    result = retrieval.search("money", Audience())
    assert result.passages == []
    assert result.took_ms > 0


def test_searching_twice_gives_the_same_order(help_centre):
    assert search("money back parcels") == search("money back parcels")
