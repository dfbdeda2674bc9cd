"""Many chunks out of a few real ones: the real ones, then copies, each of two of them mixed and perturbed.

Everything is a function of a chunk's number, so that a million vectors need not be in memory to be looked through.
"""

import itertools
import json
import uuid
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from django.db import connection, connections
from numpy.typing import NDArray
from pgvector.psycopg import register_vector

from knowledge import index
from knowledge.chunking import split
from knowledge.embeddings import backend
from knowledge.models import Article, Chunk
from tests.benchmarks.passages import Question, chunk_id

BATCH = 2000
# Of a copy's vector at most half is the second chunk's; what is added at random is as long as this share of it.
_MOST_OF_SECOND, _NOISE = 0.5, 0.3
_CHUNKS_OF_AN_ARTICLE = 3

_ARTICLES = """
INSERT INTO knowledge_article (id, title, url, status, audience, tags, version, index_state, index_error, index_attempts,
    created_at, updated_at)
SELECT id, 'Article', '', 'published', 'everyone', '{}', 1, 'indexed', '', 0, now(), now()
FROM unnest(%s::uuid[]) id ON CONFLICT DO NOTHING
"""
_COPY = """
COPY knowledge_chunk (id, article_id, position, heading, text, content_hash, embedding, words, length)
FROM STDIN (FORMAT binary)
"""
_TYPES = ["uuid", "uuid", "int4", "varchar", "text", "varchar", "vector", "bytea", "int4"]


@dataclass(frozen=True)
class Real:
    """Chunks of a collection, no two of them of the same text: vectors, the words' signs, texts; and its questions."""

    vectors: NDArray[np.float32]
    words: list[NDArray[np.uint8]]
    texts: list[str]
    questions: list[Question]


def real(collection: Path, count: int) -> Real:
    """The collection's first `count` chunks, split and embedded as the product does it, and its questions."""
    found: dict[str, Chunk] = {}
    with open(collection / "corpus.jsonl") as file:
        for row in map(json.loads, file):
            article = Article(title=row["title"])
            for position, piece in enumerate(split(article.title, row["text"])):
                found.setdefault(piece.text, index.chunk_of(article, position, piece))
            if len(found) >= count:
                break
    texts = list(found)[:count]
    encoded = backend().encode_many([index.embedded_text(found[text]) for text in texts])
    with open(collection / "queries.jsonl") as file:
        asked = [str(json.loads(line)["text"]) for line in file]
    return Real(
        vectors=np.array([one.vector for one in encoded]),
        words=[np.packbits(one.words > 0, axis=1) for one in encoded],
        texts=texts,
        questions=[
            Question(text, one.vector, one.words) for text, one in zip(asked, backend().encode_many(asked), strict=True)
        ],
    )


class Copies:
    """`size` chunks made of real ones."""

    def __init__(self, of: Real, size: int) -> None:
        self.questions = of.questions
        self._of, self._size = of, size

    def load(self) -> None:
        """Write articles and chunks, and beside it the postings of those before, through a connection of its own."""
        before: Future[None] | None = None
        connection.ensure_connection()
        register_vector(connection.connection)
        with ThreadPoolExecutor(1) as executor:
            for numbers in self._batches():
                ids, texts = self._write(numbers)
                if before:
                    before.result()
                before = executor.submit(_index, ids, texts)
            if before:
                before.result()
            executor.submit(connections.close_all).result()

    def vectors(self) -> NDArray[np.float32]:
        """All of them, for an engine that is not PostgreSQL."""
        return np.vstack([self._made(numbers)[0] for numbers in self._batches()], dtype=np.float32)

    def exact(self, nearest: int) -> list[NDArray[np.int64]]:
        """Of each question the numbers of the nearest chunks, by looking at all."""
        asked = np.array([question.vector for question in self.questions])
        names = np.zeros((len(asked), 0), np.int64)
        scores = np.zeros((len(asked), 0), np.float32)
        for numbers in self._batches():
            vectors, *_ = self._made(numbers)
            scores = np.hstack([scores, asked @ vectors.T])
            names = np.hstack([names, np.broadcast_to(np.array(numbers), (len(asked), len(numbers)))])
            best = np.argsort(-scores, axis=1)[:, :nearest]
            scores, names = np.take_along_axis(scores, best, 1), np.take_along_axis(names, best, 1)
        return list(names)

    def _batches(self) -> Iterator[range]:
        for start in range(0, self._size, BATCH):
            yield range(start, min(start + BATCH, self._size))

    def _made(self, numbers: range) -> tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.float64]]:
        """Vectors; of which two chunks each is made; the second one's share."""
        random = np.random.default_rng([1, numbers.start])
        of = random.integers(0, len(self._of.texts), (len(numbers), 2))
        shares = random.random(len(numbers)) * _MOST_OF_SECOND
        noise = random.standard_normal((len(numbers), self._of.vectors.shape[1]), np.float32)
        noise *= _NOISE / np.sqrt(noise.shape[1])
        # The real ones come first, as they are.
        real = np.arange(numbers.start, numbers.stop) < len(self._of.texts)
        of[real], shares[real], noise[real] = np.arange(numbers.start, numbers.stop)[real, None], 0, 0
        second = shares[:, None].astype(np.float32)
        vectors = self._of.vectors[of[:, 0]] * (1 - second) + self._of.vectors[of[:, 1]] * second + noise
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True), of, shares

    def _write(self, numbers: range) -> tuple[list[uuid.UUID], list[str]]:
        """Store these chunks; returns their ids and texts."""
        rows = list(self._rows(numbers))
        with connection.cursor() as cursor:
            cursor.execute(_ARTICLES, [sorted({row[1] for row in rows})])
            with cursor.copy(_COPY) as copy:
                copy.set_types(_TYPES)
                for row in rows:
                    copy.write_row(row)
        return [row[0] for row in rows], [row[4] for row in rows]

    def _rows(self, numbers: range) -> Iterator[tuple[Any, ...]]:
        vectors, of, shares = self._made(numbers)
        for number, vector, (first, second), share in zip(numbers, vectors, of, shares, strict=True):
            article = uuid.UUID(int=number // _CHUNKS_OF_AN_ARTICLE + 1)
            place = number % _CHUNKS_OF_AN_ARTICLE
            words = _parts(self._of.texts[first].split(" "), self._of.texts[second].split(" "), share)
            signs = _parts(self._of.words[first], self._of.words[second], share)
            text, packed = " ".join(itertools.chain(*words)), b"".join(part.tobytes() for part in signs)
            yield chunk_id(number), article, place, "", text, "", vector, packed, 0


def _parts(first: Any, second: Any, share: float) -> tuple[Any, Any]:
    """The beginning of the first, and the second's share from its end."""
    return first[: round(len(first) * (1 - share))], second[len(second) - round(len(second) * share) :]


def _index(ids: list[uuid.UUID], texts: list[str]) -> None:
    parameters: dict[str, Any] = {"ids": ids, "headings": [""] * len(ids), "texts": texts, "title_weight": 1}
    with connection.cursor() as cursor:
        cursor.execute(index._INSERT_POSTINGS, parameters)
