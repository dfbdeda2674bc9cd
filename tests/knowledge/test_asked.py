"""A turn's texts are encoded once, and nothing is kept beyond it."""

import asyncio

from config.common import db
from knowledge import asked
from knowledge.embeddings import EmbeddingBackend, in_use


async def test_a_text_of_a_turn_is_encoded_once(monkeypatch):
    """Red when `encode` looks for nothing that is known, or `begin_turn` keeps what there was."""
    seen: list[str] = []
    whole = EmbeddingBackend.encode_many

    def watched(self: EmbeddingBackend, texts: list[str]):
        seen.extend(texts)
        return whole(self, texts)

    monkeypatch.setattr(EmbeddingBackend, "encode_many", watched)

    async def turn() -> None:
        asked.begin_turn()
        first = await db.run(asked.encode, in_use(), ["When?", "Where?"])
        again = await db.run(asked.encode, in_use(), ["Where?", "When?", "Why?"])
        assert again[:2] == first[::-1]

    await asyncio.gather(turn(), turn())
    assert sorted(seen) == sorted(["When?", "Where?", "Why?"] * 2)
