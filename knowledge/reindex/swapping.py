"""Putting the next index in the live one's place, in one short transaction.

First it locks out whoever writes articles, and sees whether the next index is still up to date; searches go on. Only then it
locks the index itself, for as long as it takes to rename ten tables. It waits for no lock for longer than LOCK_WAIT, as
searches queue up behind it: what it cannot have at once it tries again.
"""

from django.db import connection, transaction

from knowledge import ingestion
from knowledge.models import Article, Reindex
from knowledge.reindex import building, tables
from knowledge.reindex.tables import LIVE, NEXT, PAST, TABLES

LOCK_WAIT = "200ms"


def swap(reindex: Reindex, **fields: object) -> bool:
    """Make the next index the live one and write these fields of its rebuild, unless an article has changed; then False.

    Raises OperationalError when somebody else holds what must be locked, and has changed nothing then.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL lock_timeout = '{LOCK_WAIT}'")
        cursor.execute(f"LOCK TABLE {LIVE}.knowledge_article IN EXCLUSIVE MODE")
        if building.stale():
            return False
        keys = tables.outer_keys()
        cursor.execute(f"LOCK TABLE {', '.join(f'{LIVE}.{table}' for table in TABLES)} IN ACCESS EXCLUSIVE MODE")
        cursor.execute(f"CREATE SCHEMA {PAST}")
        tables.execute(f"ALTER TABLE {LIVE}.{table} SET SCHEMA {PAST}" for table in TABLES)
        tables.execute(f"ALTER TABLE {NEXT}.{table} SET SCHEMA {LIVE}" for table in TABLES)
        tables.execute(keys)
        tables.drop(NEXT)
        Reindex.objects.filter(pk=reindex.pk).update(**fields)
    return True


def settle() -> None:
    """Finish what may come after a swap: safe to repeat, and to do after a swap that nobody finished.

    Raises OperationalError when somebody still reads what is past.
    """
    tables.validate()
    # Articles that were waiting for a vector in the old index have it in the new one, and no task will tell.
    for article in Article.objects.filter(status=Article.Status.PUBLISHED, index_state=Article.IndexState.PENDING):
        ingestion.note_indexed([article.pk])
    with transaction.atomic(), connection.cursor() as cursor:
        # To drop the keys of what is past locks the articles for a moment.
        cursor.execute(f"SET LOCAL lock_timeout = '{LOCK_WAIT}'")
        tables.drop(PAST)
