"""Loading many chunks at once: indexes and keys of the search's two large tables are taken down before, and made anew after.

Five indexes of the postings, kept in step row by row, took most of the time of loading 200,000 chunks.
"""

from django.db import connection

# All but the key of chunks, by which postings find theirs. Keys first, as they may be what foreign ones refer to.
_STANDING = """
SELECT name, down, up FROM (
    SELECT contype = 'f' AS is_last, conname::text AS name,
        format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) AS down,
        format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) AS up
    FROM pg_constraint
    WHERE conrelid = 'knowledge_chunk'::regclass AND contype = 'f'
        OR conrelid = 'knowledge_posting'::regclass AND contype IN ('p', 'f')
    UNION ALL
    SELECT false, indexrelid::regclass::text, format('DROP INDEX %s', indexrelid::regclass), pg_get_indexdef(indexrelid)
    FROM pg_index
    WHERE indrelid IN ('knowledge_chunk'::regclass, 'knowledge_posting'::regclass)
        AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
) standing ORDER BY is_last, name
"""


def take_down() -> dict[str, str]:
    """Drop the indexes and keys; returns the statement that makes each anew, by its name."""
    with connection.cursor() as cursor:
        cursor.execute(_STANDING)
        standing = cursor.fetchall()
        for _, down, _ in reversed(standing):
            cursor.execute(down)
    return {name: up for name, _, up in standing}
