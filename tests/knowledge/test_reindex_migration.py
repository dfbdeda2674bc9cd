"""A database of before keeps its index, and old code goes on with it."""

from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from knowledge import retrieval
from knowledge.audience import EVERYTHING
from knowledge.embeddings import configured
from knowledge.models import Chunk, IndexRecord
from tests.knowledge.publishing import publish


def migrate(name: str | None) -> None:
    """To that migration, or to the newest."""
    executor = MigrationExecutor(connection)
    executor.migrate([("knowledge", name)] if name else executor.loader.graph.leaf_nodes("knowledge"))


def files() -> list[tuple]:
    """What a rewritten table or index would have others of."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, relfilenode FROM pg_class WHERE relname ~ '^(chunk|posting|knowledge_(chunk|posting))' ORDER BY 1"
        )
        return cursor.fetchall()


def test_the_index_of_before_is_kept(index):
    """Red when 0006 alters a table of the index: that rewrites it, or locks it for long."""
    article = publish("Help", "Money comes back.")
    before = files()
    try:
        migrate("0005_pins_and_validity")
        assert files() == before
        migrate("0006_reindex")
        assert files() == before
    finally:
        migrate(None)
    record = IndexRecord.objects.get()
    assert ((record.model, record.digest), record.dimensions, record.chunk_tokens) == (configured(), 384, 200)
    assert Chunk.objects.get().article_id == article.pk
    assert retrieval.search("money", EVERYTHING).passages
