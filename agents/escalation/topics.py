"""Whether a text is about a topic, by phrasings of it: as questions with a curated answer are recognised, with their calibration."""

from collections.abc import Mapping
from functools import lru_cache

import numpy as np

from agents.escalation import vectors
from agents.escalation.readings import Reading
from knowledge.curated.calibration import RECOGNISED
from knowledge.curated.recogniser import Example, Recogniser
from knowledge.embeddings import in_use
from knowledge.model_files import ModelId

__all__ = ["RECOGNISED", "read"]

Topics = tuple[tuple[str, ...], ...]


def read(text: str, topics: Topics) -> Mapping[tuple[str, ...], Reading]:
    """How likely each topic, given by its phrasings, is meant. Blocks."""
    if not topics or not text.strip():
        return {}
    vector = vectors.of([text])[0]
    guesses = _recogniser(topics, in_use()).guess(text, vector, len(topics))
    return {guess.label: Reading(guess.confidence, guess.phrasing) for guess in guesses}


@lru_cache(64)
def _recogniser(topics: Topics, model: ModelId) -> Recogniser[tuple[str, ...]]:
    labelled = [(topic, phrasing) for topic in topics for phrasing in topic]
    embedded = vectors.of([phrasing for _, phrasing in labelled])
    return Recogniser(
        [
            Example(topic, phrasing, np.asarray(vector))
            for (topic, phrasing), vector in zip(labelled, embedded, strict=True)
        ]
    )
