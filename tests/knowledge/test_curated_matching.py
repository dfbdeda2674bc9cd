"""Which curated answer a question gets: the right one, if it may be given, if it is sure enough, if it stands alone."""

from datetime import timedelta

import pytest
from django.utils import timezone

from knowledge import asked, embeddings
from knowledge.audience import EVERYTHING, Audience
from knowledge.curated import matching, writing
from knowledge.curated.models import CuratedAnswer, Phrasing
from knowledge.curated.writing import Draft
from tests.knowledge.curating import OUTAGE, PRICES, curate, outage, prices

pytestmark = pytest.mark.django_db

PAST, FUTURE = timezone.now() - timedelta(hours=1), timezone.now() + timedelta(hours=1)


def given(question, audience=None, *, follows=False, sure=False):
    """The answer's text, or None."""
    found = matching.match(question, audience or Audience(), follows=follows, sure=sure)
    return found and found.answer


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("What does a plan cost?", PRICES),
        ("what does a plan cost", PRICES),
        ("PRICES!", PRICES),
        ("waht are yuor prices", PRICES),
        ("I can't log in", OUTAGE),
        ("How do I import articles from a folder?", None),
        ("Which countries do you ship to?", None),
        ("", None),
        ("???", None),
    ],
)
def test_a_question_gets_its_answer_or_none(question, answer):
    prices()
    outage()
    assert given(question) == answer


@pytest.mark.parametrize(
    ("fields", "who", "is_given"),
    [
        ({}, Audience(), True),
        ({"enabled": False}, Audience(), False),
        ({"enabled": False}, EVERYTHING, False),
        ({"audience": "identified"}, Audience(), False),
        ({"audience": "identified"}, Audience(identified=True), True),
        ({"tags": ("acme",)}, Audience(), False),
        ({"tags": ("acme",)}, Audience(tags=("acme",)), True),
        ({"tags": ("acme",)}, Audience(tags=("other",)), False),
        ({"valid_from": FUTURE}, Audience(), False),
        ({"valid_from": PAST}, Audience(), True),
        ({"valid_until": PAST}, Audience(), False),
        ({"valid_until": FUTURE}, Audience(), True),
    ],
)
def test_the_database_decides_who_may_be_given_it(fields, who, is_given):
    """Red when `a.enabled` or `ADMITTED` is left out of `_ADMITTED` and `_TEXTS`."""
    prices(**fields)
    assert (given("What does a plan cost?", who) is not None) is is_given


def test_what_may_not_be_given_does_not_compete():
    """Red when phrasings of all answers are compared, not of those admitted only."""
    prices()
    prices(tags=("acme",))
    trial = matching.weigh("What does a plan cost?", Audience(), follows=False, sure=True)
    assert trial.compared == 4
    assert trial.given.answer == PRICES


def test_a_change_counts_at_once():
    """Red when a saved answer keeps its revision."""
    answer = prices()
    assert given("What does a plan cost?") == PRICES
    writing.save(Draft(question="Where are you based?", answer="In Gent."), answer)
    assert given("What does a plan cost?") is None
    assert given("where are you based") == "In Gent."
    writing.set_enabled(answer, False)
    assert given("where are you based") is None
    assert Phrasing.objects.count() == 1


@pytest.mark.parametrize(
    ("question", "is_given"),
    [
        ("and the price for teams?", False),
        ("what are its prices", False),
        ("the prices", False),
        ("prices", True),
        ("What does a plan cost?", True),
        ("what does your plan cost", True),
    ],
)
def test_what_leans_on_the_conversation_is_read_afresh(question, is_given):
    """Red when `_is_given` forgets `leans`. A phrasing itself is always recognised."""
    prices()
    assert (given(question, follows=True) is not None) is is_given


def test_with_a_model_only_what_is_sure_is_given():
    """Red when `sure` makes no difference to the threshold."""
    prices()
    outage()
    assert given("what would a plan cost us") == PRICES
    assert given("what would a plan cost us", sure=True) is None
    assert given("what does a plan cost", sure=True) == PRICES
    assert given("What are your prices, and can I bring my old tickets from another system?", sure=True) is None


def test_between_two_answers_none_is_sure():
    """Red when `confidence` leaves out the rivals."""
    curate("What does the plan for teams cost?", "12 €")
    curate("What does the plan for schools cost?", "8 €")
    trial = matching.weigh("What does the plan cost?", Audience(), follows=False, sure=True)
    assert trial.given is None
    assert trial.candidates[0].confidence < 0.6


def test_without_answers_nothing_is_embedded(monkeypatch):
    monkeypatch.setattr(asked, "backend", lambda *_: pytest.fail("embedded"))
    assert given("What does a plan cost?") is None


def test_phrasings_have_a_limit_in_all(monkeypatch):
    monkeypatch.setattr(writing, "MAX_PHRASINGS_IN_ALL", 4)
    answer = prices()
    with pytest.raises(writing.TooManyPhrasings, match="this would make 5"):
        curate("One more")
    writing.save(Draft(question="What does a plan cost?", answer="New", phrasings=("a", "b", "c")), answer)
    assert CuratedAnswer.objects.get().answer == "New"


def test_another_model_gives_all_phrasings_new_vectors(tiny, settings):
    """Red when `_recogniser` takes vectors as they are."""
    prices()
    before = embeddings.in_use()
    settings.EMBEDDING_MODEL = str(tiny)
    embeddings.follow(embeddings.configured())
    try:
        assert given("What does a plan cost?") == PRICES
        models = {(row.model, len(row.embedding)) for row in Phrasing.objects.all()}
        assert models == {(embeddings.configured().digest, 64)}
    finally:
        embeddings.follow(before)
