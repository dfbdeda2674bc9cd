"""What searches find."""

import pytest

from knowledge import ingestion, retrieval
from knowledge.audience import Audience
from knowledge.ingestion import Draft
from knowledge.models import Article

pytestmark = pytest.mark.django_db


def publish(title, body, **fields):
    article, _ = ingestion.save(Draft(title=title, body=body, status="published", **fields))
    ingestion.embed(article.pk)
    article.refresh_from_db()
    return article


def test_a_published_article_is_found():
    article = publish("Refunds", "You get your money back within 14 days.")
    publish("Shipping", "Parcels leave our warehouse every morning.")
    assert article.index_state == Article.IndexState.INDEXED
    found = retrieval.search("how long does a refund take", Audience()).passages
    assert found[0].article_id == article.pk
