"""How an index is made: which model gives the vectors, and how texts are split for it.

The index in use says so in a row of its own that is swapped together with it. Whoever reads that row in a transaction sees,
until its end, the index that the row belongs to: the swap waits for those who have read it.
"""

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from knowledge import embeddings, model_files, onnx_model
from knowledge.model_files import ModelId
from knowledge.models import IndexRecord

# Of the 256 tokens that the bundled model reads; title and headings need room too.
CHUNK_TOKENS = 200
_READ_TOKENS = 256
# Goes up when the same text is split otherwise (knowledge.chunking), so that no rebuild mixes both.
CHUNKING = 1
# pgvector indexes no longer vectors.
MAX_DIMENSIONS = 2000
_UNTOLD_DIMENSIONS = 384

_IN_USE = "SELECT model, digest, chunk_tokens, dimensions, chunking FROM knowledge_indexrecord"
# The model of the index, and that of the one being built.
MODELS = """
SELECT live.model, live.digest, upcoming.model, upcoming.digest FROM knowledge_indexrecord live
LEFT JOIN knowledge_reindex upcoming ON upcoming.state = 'running' AND upcoming.digest <> ''
"""


@dataclass(frozen=True)
class Recipe:
    """Two indexes of one recipe have the same chunks and vectors.

    chunk_tokens: the most of a chunk's text. dimensions: of the vectors. chunking: CHUNKING when it was made.
    """

    model: ModelId
    chunk_tokens: int
    dimensions: int
    chunking: int = CHUNKING


def in_use() -> Recipe:
    """That of the index this transaction sees; what is configured, where nothing is recorded."""
    with connection.cursor() as cursor:
        cursor.execute(_IN_USE)
        row = cursor.fetchone()
    if row is None:
        return Recipe(embeddings.configured(), CHUNK_TOKENS, _UNTOLD_DIMENSIONS)
    return Recipe(ModelId(*row[:2]), *row[2:])


def wanted(name: str) -> Recipe:
    """That of an index made now with the model of this name, which is loaded. Raises ImproperlyConfigured."""
    path = model_files.model_path(name)
    model = model_files.identify(name)
    try:
        encoded = embeddings.backend(model).encode("dimensions")
    except RuntimeError as error:
        raise ImproperlyConfigured(f"{name} could not be loaded: {error.__cause__}") from error
    dimensions, of_words = encoded.vector.size, encoded.words.shape[1]
    if dimensions > MAX_DIMENSIONS or dimensions % 8 or of_words != dimensions:
        raise ImproperlyConfigured(
            f"{name} gives texts vectors of {dimensions:,} dimensions, and words of {of_words:,}: it must be the same "
            f"number, a multiple of 8, at most {MAX_DIMENSIONS:,}."
        )
    tokens = min(CHUNK_TOKENS, CHUNK_TOKENS * onnx_model.max_tokens(path) // _READ_TOKENS)
    return Recipe(model, tokens, dimensions)


def record(recipe: Recipe) -> None:
    """Say of an index that has no record yet how it is made."""
    IndexRecord.objects.create(
        model=recipe.model.name,
        digest=recipe.model.digest,
        chunk_tokens=recipe.chunk_tokens,
        dimensions=recipe.dimensions,
        chunking=recipe.chunking,
    )


def models(row: tuple[Any, ...] | None) -> ModelId:
    """The model of the index from a row of MODELS, which this process follows from now on."""
    if row is None:
        live, upcoming = embeddings.configured(), None
    else:
        live, upcoming = ModelId(*row[:2]), ModelId(*row[2:]) if row[2] else None
    # Whoever builds an index searches it before it is live, and others of the process do not.
    if live != upcoming:
        embeddings.follow(live, upcoming)
    return live


def follow() -> ModelId:
    """The model of the index in use, which this process loads, as well as that of the next one."""
    with connection.cursor() as cursor:
        cursor.execute(MODELS)
        return models(cursor.fetchone())
