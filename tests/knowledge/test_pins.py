"""Passages that a person rewrote stay through new versions, archiving and imports."""

import pytest
from django.contrib.auth import get_user_model

from config.common.errors import NotFound
from knowledge import ingestion, pins
from knowledge.models import Chunk, Pin
from tests.knowledge.publishing import chunks, publish, save

pytestmark = pytest.mark.django_db

BODY = "# One\n\nFirst text.\n\n# Two\n\nSecond text.\n\n# Three\n\nThird text.\n"


@pytest.fixture
def article():
    """An article of which an editor has rewritten the second passage."""
    made = publish("Numbers", BODY)
    author = get_user_model().objects.create(username="ed")
    pins.pin(chunks(made)["Second text."].pk, "Written by hand.", author)
    ingestion.embed(made.pk)
    made.refresh_from_db()
    return made


def texts(article):
    return list(chunks(article))


def test_a_pin_stands_in_the_place_of_its_passage(article):
    assert texts(article) == ["First text.", "Written by hand.", "Third text."]
    assert chunks(article)["Written by hand."].heading == "Two"
    assert (article.index_state, article.version) == ("indexed", 1)
    assert article.pins.get().author.username == "ed"


def test_the_other_passages_keep_their_rows_and_vectors():
    made = publish("Numbers", BODY)
    before = chunks(made)
    pins.pin(before["Second text."].pk, "Written by hand.")
    after = chunks(made)
    assert after["First text."].pk == before["First text."].pk
    assert after["First text."].embedding is not None
    assert not Chunk.objects.filter(pk=before["Second text."].pk).exists()


def test_a_pin_survives_a_new_version_around_it(article):
    """Red when the chunks are those of the text alone."""
    before = chunks(article)
    save("Numbers", BODY.replace("First", "Another first"), article)
    after = chunks(article)
    assert list(after) == ["Another first text.", "Written by hand.", "Third text."]
    assert after["Written by hand."].pk == before["Written by hand."].pk
    assert after["Written by hand."].embedding is not None


def test_a_pin_survives_a_version_in_which_its_passage_is_another(article):
    """Red when a pin whose place is gone is dropped."""
    save("Numbers", BODY.replace("Second", "Quite another second"), article)
    assert texts(article) == ["First text.", "Quite another second text.", "Third text.", "Written by hand."]
    save("Numbers", BODY, article)
    assert texts(article) == ["First text.", "Written by hand.", "Third text."]


def test_a_pin_survives_archiving_and_a_new_title(article):
    save("Numbers", BODY, article, status="archived")
    assert texts(article) == []
    save("More numbers", BODY, article, status="published")
    assert texts(article) == ["First text.", "Written by hand.", "Third text."]


def test_a_pin_can_be_written_anew_and_taken_out(article):
    again = pins.pin(chunks(article)["Written by hand."].pk, "Written twice.")
    assert Pin.objects.get() == again
    assert texts(article) == ["First text.", "Written twice.", "Third text."]
    pins.unpin(again.pk)
    assert texts(article) == ["First text.", "Second text.", "Third text."]
    assert not Pin.objects.exists()


def test_what_is_not_there_cannot_be_pinned(article):
    gone = chunks(article)["First text."].pk
    save("Numbers", BODY.replace("First", "Another"), article)
    with pytest.raises(NotFound):
        pins.pin(gone, "Text.")
    with pytest.raises(NotFound):
        pins.unpin(0)
