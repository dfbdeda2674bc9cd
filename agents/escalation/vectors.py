"""Vectors of texts that are compared again: the earlier messages of a conversation are not embedded at each turn."""

from collections import OrderedDict
from threading import Lock

from knowledge import asked
from knowledge.embeddings import in_use
from knowledge.model_files import ModelId
from knowledge.words import Vector

# Of a text its beginning, of texts those looked at last.
MAX_CHARACTERS = 500
_KEPT = 1_000

_lock = Lock()
_kept: OrderedDict[tuple[ModelId, str], Vector] = OrderedDict()


def of(texts: list[str]) -> list[Vector]:
    """The unit vectors of the texts, by the model of the index. Blocks."""
    model = in_use()
    keys = [(model, text[:MAX_CHARACTERS]) for text in texts]
    with _lock:
        found = {key: _kept[key] for key in keys if key in _kept}
    missing = [key for key in dict.fromkeys(keys) if key not in found]
    if missing:
        encoded = asked.encode(model, [text for _, text in missing])
        found |= {key: one.vector for key, one in zip(missing, encoded, strict=True)}
    with _lock:
        for key in keys:
            _kept[key] = found[key]
            _kept.move_to_end(key)
        while len(_kept) > _KEPT:
            _kept.popitem(last=False)
    return [found[key] for key in keys]
