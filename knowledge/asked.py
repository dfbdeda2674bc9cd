"""What a turn asks about, encoded once: the policy, the curated answers and the search look at the same question."""

from contextvars import ContextVar

from knowledge.embeddings import backend
from knowledge.model_files import ModelId
from knowledge.words import Encoded

# Threads that work for the turn see it too (config.common.db copies the context).
_turn: ContextVar[dict[tuple[ModelId, str], Encoded] | None] = ContextVar("asked", default=None)


def begin_turn() -> None:
    """From now on in this task, and until its next turn, no text is encoded twice."""
    _turn.set({})


def encode(model: ModelId, texts: list[str]) -> list[Encoded]:
    """The texts as a model sees them, in their order. Blocks."""
    known = _turn.get()
    if known is None:
        known = {}
    missing = [text for text in dict.fromkeys(texts) if (model, text) not in known]
    for text, encoded in zip(missing, backend(model).encode_many(missing) if missing else (), strict=True):
        known[model, text] = encoded
    return [known[model, text] for text in texts]
