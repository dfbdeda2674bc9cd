"""Writing curated answers: what is saved answers at its commit."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from knowledge.curated.limits import MAX_PHRASINGS_IN_ALL
from knowledge.curated.models import CuratedAnswer, Phrasing
from knowledge.curated.spelling import distinct
from knowledge.embeddings import backend, in_use
from knowledge.model_files import ModelId


class TooManyPhrasings(Exception):
    """All answers together would have more phrasings than are compared with a question; the message says how many."""


@dataclass(frozen=True)
class Draft:
    """What an answer is to be. phrasings: further ways to ask the question, in the order they are shown."""

    question: str
    answer: str
    phrasings: tuple[str, ...] = ()
    enabled: bool = True
    audience: str = CuratedAnswer.Audience.EVERYONE
    tags: tuple[str, ...] = ()
    valid_from: datetime | None = None
    valid_until: datetime | None = None


def save(draft: Draft, to: CuratedAnswer | None = None) -> CuratedAnswer:
    """Make an answer, or `to` into what the draft says. Embeds the phrasings first. Raises TooManyPhrasings."""
    texts = distinct([draft.question, *draft.phrasings])
    model = in_use()
    vectors = [encoded.vector for encoded in backend(model).encode_many(texts)]
    answer = to or CuratedAnswer()
    for name in ("question", "answer", "enabled", "audience", "valid_from", "valid_until"):
        setattr(answer, name, getattr(draft, name))
    answer.tags = list(draft.tags)
    with transaction.atomic():
        if to is not None:
            answer.revision = 1 + CuratedAnswer.objects.select_for_update().get(pk=to.pk).revision
            answer.phrasings.all().delete()
        refuse_too_many(len(texts))
        answer.save()
        Phrasing.objects.bulk_create(
            Phrasing(answer=answer, position=position, text=text, embedding=vector, model=model.digest)
            for position, (text, vector) in enumerate(zip(texts, vectors, strict=True))
        )
    return answer


def refresh(rows: list[Phrasing], model: ModelId) -> None:
    """Give these phrasings the vectors of `model`, which is not the one that gave theirs. Blocks."""
    for row, encoded in zip(rows, backend(model).encode_many([row.text for row in rows]), strict=True):
        row.embedding, row.model = encoded.vector, model.digest
    Phrasing.objects.bulk_update(rows, ["embedding", "model"])


def set_enabled(answer: CuratedAnswer, enabled: bool) -> bool:
    """Let an answer be given, or not; returns whether that is a change."""
    return bool(CuratedAnswer.objects.filter(pk=answer.pk, enabled=not enabled).update(enabled=enabled))


def refuse_too_many(added: int, instead_of: CuratedAnswer | None = None) -> None:
    """TooManyPhrasings when so many more, in the place of those of an answer, are more than there may be."""
    there = Phrasing.objects.exclude(answer=instead_of).count() if instead_of else Phrasing.objects.count()
    if there + added > MAX_PHRASINGS_IN_ALL:
        raise TooManyPhrasings(
            f"All curated answers together may have {MAX_PHRASINGS_IN_ALL:,} phrasings; this would make {there + added:,}."
        )
