"""Who sees what: the same rule in the search and when a reply is committed, by the database."""

import pytest

from knowledge import ingestion, retrieval
from knowledge.audience import EVERYTHING, Audience
from knowledge.ingestion import Draft
from tests.knowledge.publishing import publish

pytestmark = pytest.mark.django_db

BODY = "You get your money back within 14 days."

STRANGER = Audience()
MEMBER = Audience(identified=True)
SHOP = Audience(tags=("shop", "eu"))


def both(article, audience: Audience) -> bool:
    """Whether `audience` sees the article, in the search and at the commit; they must agree."""
    found = {p.article_id for p in retrieval.search("how do I get my money back", audience).passages}
    chunk_ids = list(article.chunks.values_list("id", flat=True))
    locked = retrieval.lock_visible(chunk_ids, audience)
    assert (article.pk in found) == (set(locked) == set(chunk_ids))
    assert all(version == article.version for version in locked.values())
    return article.pk in found


@pytest.mark.parametrize(
    ("fields", "audience", "seen"),
    [
        ({}, STRANGER, True),
        ({}, MEMBER, True),
        ({}, SHOP, True),
        ({}, EVERYTHING, True),
        ({"audience": "identified"}, STRANGER, False),
        ({"audience": "identified"}, SHOP, False),
        ({"audience": "identified"}, MEMBER, True),
        ({"audience": "identified"}, EVERYTHING, True),
        ({"tags": ["shop"]}, STRANGER, False),
        ({"tags": ["shop"]}, MEMBER, False),
        ({"tags": ["shop"]}, SHOP, True),
        ({"tags": ["us", "eu"]}, SHOP, True),
        ({"tags": ["us"]}, SHOP, False),
        ({"tags": ["Shop"]}, SHOP, False),
        ({"tags": ["us"]}, EVERYTHING, True),
        ({"tags": ["shop"], "audience": "identified"}, SHOP, False),
        ({"tags": ["shop"], "audience": "identified"}, Audience(tags=("shop",), identified=True), True),
    ],
)
def test_audience_and_tags(fields, audience, seen):
    """Red when either line on audience or tags is left out of VISIBLE."""
    assert both(publish("Refunds", BODY, **fields), audience) is seen


@pytest.mark.parametrize("audience", [STRANGER, MEMBER, EVERYTHING])
@pytest.mark.parametrize("status", ["draft", "archived"])
def test_what_is_not_published_is_seen_by_nobody(status, audience):
    """Red when VISIBLE forgets the status: the chunks are put back, so that only it stands in the way."""
    article = publish("Refunds", BODY)
    type(article).objects.filter(pk=article.pk).update(status=status)
    assert not both(article, audience)


def test_what_is_hidden_from_a_customer_is_hidden_at_once():
    article = publish("Refunds", BODY)
    assert both(article, STRANGER)
    ingestion.save(Draft(audience="identified"), article)
    assert not both(article, STRANGER)
    assert both(article, MEMBER)


def test_of_many_chunks_only_the_visible_are_locked():
    open_, secret = publish("A", BODY), publish("B", BODY, audience="identified")
    ids = {article.pk: article.chunks.get().id for article in (open_, secret)}
    assert set(retrieval.lock_visible(ids.values(), STRANGER)) == {ids[open_.pk]}
    assert set(retrieval.lock_visible(ids.values(), MEMBER)) == set(ids.values())


def test_no_chunks_are_no_question():
    assert retrieval.lock_visible([], STRANGER) == {}


def test_a_chunk_that_an_edit_dropped_is_not_visible():
    article = publish("Refunds", BODY)
    dropped = article.chunks.get().id
    ingestion.save(Draft(body="You get nothing back."), article)
    assert retrieval.lock_visible([dropped], EVERYTHING) == {}
