"""Curated answers for the tests."""

from knowledge.curated import writing
from knowledge.curated.models import CuratedAnswer
from knowledge.curated.writing import Draft

PRICES = "The Team plan costs **12 €** per person and month. [All prices](https://example.com/prices)"
OUTAGE = "We are repairing the login. Updates: https://status.example.com"


def curate(question: str = "What does it cost?", answer: str = PRICES, *phrasings: str, **fields) -> CuratedAnswer:
    """A curated answer that is enabled."""
    return writing.save(Draft(question=question, answer=answer, phrasings=phrasings, **fields))


def prices(**fields) -> CuratedAnswer:
    """What a plan costs, asked in four ways."""
    return curate(
        "What does a plan cost?", PRICES, "How much is it per month?", "prices", "What are your prices", **fields
    )


def outage(**fields) -> CuratedAnswer:
    """That the login is broken, asked in three ways."""
    return curate("I cannot log in", OUTAGE, "The login does not work", "login is broken", **fields)
