"""Which curated answer a question gets, if any.

The database says, in one statement at the time of the question, which answers this audience may be given; only these are
compared. What they are compared by is kept in the process, by revision: a changed answer is read anew, the others stay.
"""

import time
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

import numpy as np

from config.common import db
from knowledge import asked
from knowledge.audience import ADMITTED, Audience
from knowledge.curated import followups, writing
from knowledge.curated.calibration import RECOGNISED, SURE
from knowledge.curated.models import Phrasing
from knowledge.curated.recogniser import Example, Recogniser
from knowledge.embeddings import in_use
from knowledge.model_files import ModelId

# Answers that the trial shows, given or not.
_SHOWN = 3
# Kept per set of answers that an audience may be given: one for each kind of customer.
_KEPT = 32

_ADMITTED = f"SELECT a.id, a.revision FROM knowledge_curatedanswer a WHERE a.enabled AND {ADMITTED} ORDER BY a.id"
_TEXTS = f"SELECT a.id, a.question, a.answer FROM knowledge_curatedanswer a WHERE a.id = ANY(%(ids)s) AND a.enabled AND {ADMITTED}"


@dataclass(frozen=True)
class Candidate:
    """An answer beside a question. confidence: how probably it is the right one, 0 to 1. phrasing: the nearest one."""

    answer_id: UUID
    question: str
    answer: str
    confidence: float
    phrasing: str


@dataclass(frozen=True)
class Trial:
    """The best candidates, best first, and the one that is given, if any.

    threshold: the least confidence with which one is given. leans: whether the text leans on what was said before it, and is only recognised when it is itself a phrasing.
    compared: the number of phrasings.
    """

    candidates: list[Candidate]
    given: Candidate | None
    threshold: float
    leans: bool
    compared: int
    took_ms: float


def match(question: str, audience: Audience, *, follows: bool, sure: bool) -> Candidate | None:
    """The answer that `audience` gets to `question`, if any. Blocks.

    follows: whether something was said before. sure: whether it has to be the right one nearly for sure, because a model
    could read the knowledge base afresh instead.
    """
    return weigh(question, audience, follows=follows, sure=sure).given


def weigh(question: str, audience: Audience, *, follows: bool, sure: bool) -> Trial:
    """The same, with what was nearly given."""
    started = time.perf_counter()
    threshold = SURE if sure else RECOGNISED
    leans = follows and followups.leans(question)
    admitted = _rows(_ADMITTED, audience)
    if not admitted:
        return Trial([], None, threshold, leans, 0, _ms_since(started))
    model = in_use()
    recogniser = _recogniser(tuple(admitted), model)
    guesses = recogniser.guess(question, asked.encode(model, [question])[0].vector, _SHOWN)
    texts = {row[0]: row[1:] for row in _rows(_TEXTS, audience, ids=[guess.label for guess in guesses])}
    candidates = [
        Candidate(guess.label, texts[guess.label][0], texts[guess.label][1], guess.confidence, guess.phrasing)
        for guess in guesses
        if guess.label in texts
    ]
    given = candidates[0] if candidates and _is_given(question, candidates[0], threshold, leans) else None
    return Trial(candidates, given, threshold, leans, recogniser.size, _ms_since(started))


def _is_given(question: str, best: Candidate, threshold: float, leans: bool) -> bool:
    """A phrasing itself always gets its answer; what only resembles one has to be likely, and to stand alone."""
    return followups.same(question, best.phrasing) or (best.confidence >= threshold and not leans)


@lru_cache(_KEPT)
def _recogniser(admitted: tuple[tuple[UUID, int], ...], model: ModelId) -> Recogniser[UUID]:
    """For a set of answers in certain revisions. A revision never changes, so nothing has to be told when one does.

    Vectors of another model, from before the index was rebuilt with this one, are made anew.
    """
    rows = list(Phrasing.objects.filter(answer__in=[answer for answer, _ in admitted]).order_by("answer", "position"))
    if stale := [row for row in rows if row.model != model.digest]:
        writing.refresh(stale, model)
    return Recogniser([Example(row.answer_id, row.text, np.array(row.embedding, np.float32)) for row in rows])


def _rows(statement: str, audience: Audience, **parameters: object) -> list[tuple[Any, ...]]:
    return db.rows(statement, audience.parameters() | parameters)


def _ms_since(started: float) -> float:
    return (time.perf_counter() - started) * 1000
