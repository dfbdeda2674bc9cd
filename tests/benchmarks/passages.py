"""A synthetic index, the same every time: vectors near a few hundred topics, texts of made-up words as common as real ones."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from knowledge import index
from tests.benchmarks import loading

DIMENSIONS = 384
_TOPICS, _INTRINSIC, _VOCABULARY = 400, 48, 60_000
_WORDS, _CHUNKS_OF_AN_ARTICLE, _BATCH = 60, 3, 1000


@dataclass
class Question:
    text: str
    vector: NDArray[np.float32]
    words: NDArray[np.float32]


class Passages:
    """`size` chunks; vectors[n] is that of chunk id(n)."""

    def __init__(self, size: int) -> None:
        self._random = np.random.default_rng(1)
        topics = self._random.standard_normal((_TOPICS, _INTRINSIC))
        places = topics[self._random.integers(0, _TOPICS, size)] + self._random.standard_normal((size, _INTRINSIC))
        self._basis = self._random.standard_normal((_INTRINSIC, DIMENSIONS))
        self._places = places
        self.vectors = _unit(places @ self._basis)

    def questions(self, count: int) -> list[Question]:
        """Each near some passage."""
        near = self._places[self._random.integers(0, len(self._places), count)]
        vectors = _unit((near + self._random.standard_normal(near.shape) * 0.7) @ self._basis)
        words = _unit(self._random.standard_normal((count, 10, DIMENSIONS)))
        return [Question(self._text(8), vector, some) for vector, some in zip(vectors, words, strict=True)]

    def load(self) -> None:
        """Write articles, chunks and postings. Indexes are built afterwards, which is many times faster."""
        missing = loading.take_down()
        for start in range(0, len(self.vectors), _BATCH):
            self._write(range(start, min(start + _BATCH, len(self.vectors))))
        with connection.cursor() as cursor:
            cursor.execute("SET maintenance_work_mem = '1GB'")
            for statement in missing.values():
                cursor.execute(statement)

    def _write(self, numbers: range) -> None:
        articles = sorted({number // _CHUNKS_OF_AN_ARTICLE for number in numbers})
        rows = [(chunk_id(number), number, self._text(_WORDS)) for number in numbers]
        with connection.cursor() as cursor:
            cursor.execute(
                """INSERT INTO knowledge_article (id, title, url, status, audience, tags, version, index_state,
                index_error, index_attempts, created_at, updated_at)
                SELECT id, 'Article', '', 'published', 'everyone', '{}', 1, 'indexed', '', 0, now(), now()
                FROM unnest(%s::uuid[]) id ON CONFLICT DO NOTHING""",
                [[uuid.UUID(int=number + 1) for number in articles]],
            )
            with cursor.copy(
                "COPY knowledge_chunk (id, article_id, position, heading, text, content_hash, embedding, words, length)"
                " FROM STDIN"
            ) as copy:
                for row in self._rows(rows):
                    copy.write_row(row)
            ids, texts = [row[0] for row in rows], [row[2] for row in rows]
            parameters: dict[str, Any] = {"ids": ids, "headings": [""] * len(ids), "texts": texts, "title_weight": 1}
            cursor.execute(index._INSERT_POSTINGS, parameters)

    def _rows(self, rows: list[tuple[uuid.UUID, int, str]]) -> Iterator[tuple[object, ...]]:
        for name, number, text in rows:
            article = uuid.UUID(int=number // _CHUNKS_OF_AN_ARTICLE + 1)
            vector = "[" + ",".join(f"{value:.5f}" for value in self.vectors[number]) + "]"
            words = self._random.bytes(2 * _WORDS * DIMENSIONS // 8)
            yield name, article, number % _CHUNKS_OF_AN_ARTICLE, "", text, "", vector, words, 0

    def _text(self, count: int) -> str:
        """Words whose frequency falls with their rank, as Zipf found."""
        ranks = np.exp(self._random.random(count) * np.log(_VOCABULARY)).astype(int)
        return " ".join(f"w{rank}" for rank in ranks)


def chunk_id(number: int) -> uuid.UUID:
    """The id of chunk `number`."""
    return uuid.UUID(int=number + 1)


def number_of(name: uuid.UUID) -> int:
    """The number of the chunk of this id."""
    return name.int - 1


def _unit(vectors: NDArray[np.float64]) -> NDArray[np.float32]:
    return (vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)).astype(np.float32)
