"""A scratch knowledge base: temporary tables that hide the real ones from this connection, and end with it.

Whatever happens to the process, PostgreSQL drops them, and nobody else ever sees them.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection

from knowledge import index, recipes, statistics
from knowledge.evaluation.collection import Document
from knowledge.models import Article, ArticleVersion, Chunk, Collection, IndexRecord, Lexeme, Posting

_TABLES = [model._meta.db_table for model in (Article, ArticleVersion, Chunk, Posting, Lexeme, Collection, IndexRecord)]


@contextmanager
def knowledge_base() -> Iterator[None]:
    """Inside, this connection sees empty tables of the same structure and indexes, for the configured model's vectors."""
    recipe = recipes.wanted(settings.EMBEDDING_MODEL)
    with connection.cursor() as cursor:
        cursor.execute("SET temp_buffers = '512MB'")
        for table in _TABLES:
            cursor.execute(f"CREATE TEMPORARY TABLE {table} (LIKE public.{table} INCLUDING ALL)")
        # At an ALTER, as at a DROP, psycopg forgets what was prepared before: PostgreSQL would go on reading the real tables.
        cursor.execute(f"ALTER TABLE pg_temp.knowledge_chunk ALTER embedding TYPE vector({recipe.dimensions})")
    recipes.record(recipe)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            for table in _TABLES:
                cursor.execute(f"DROP TABLE pg_temp.{table}")


def add(document: Document) -> None:
    """Make an article of a document, without vectors yet."""
    article = Article.objects.create(
        external_id=document.id[:255], title=document.title[:300], status=Article.Status.PUBLISHED, version=1
    )
    index.rebuild_chunks(article, document.text, retitled=True)


def analyze() -> None:
    """Tell the planner and the search what is in the tables: autovacuum and beat do not see temporary ones."""
    statistics.refresh()
    with connection.cursor() as cursor:
        for table in _TABLES:
            cursor.execute(f"ANALYZE {table}")
