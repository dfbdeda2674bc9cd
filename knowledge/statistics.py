"""What a search must know of the whole index, counted beforehand: its size, and how common the common lexemes are.

Nothing is counted while writing, so that many may write at once without waiting for each other. A search counts what
is rare itself, up to COUNTED, which is exact at once; what is more common is looked up here, where it may be some
minutes old. A small index has no rows here: a search looks at all of it.
"""

from django.db import connection, transaction

from knowledge.models import Chunk, Collection, Lexeme

# Up to here a search counts by itself.
COUNTED = 1000
# Counted anew when the number of chunks has changed by this share.
_CHANGED = 0.02

# BM25's k1 and b for chunks (knowledge.retrieval), and a usual chunk's length instead of the mean, which changes.
# The impact only says which postings of a common lexeme are read.
IMPACT = "frequency / (frequency + 1.2 * (0.6 + 0.4 * length / 60.0))"

# Rows that someone is deleting are left to them.
_COMPLETE = f"""
WITH incomplete AS (
    SELECT lexeme, chunk_id FROM knowledge_posting WHERE article_id IS NULL FOR UPDATE SKIP LOCKED
), completed AS (
    SELECT lexeme, chunk_id, c.article_id, length FROM incomplete JOIN knowledge_chunk c ON c.id = chunk_id
)
UPDATE knowledge_posting p SET article_id = completed.article_id, impact = {IMPACT}
FROM completed WHERE (p.lexeme, p.chunk_id) = (completed.lexeme, completed.chunk_id)
"""
_COUNT_LEXEMES = """
INSERT INTO knowledge_lexeme (lexeme, chunks)
SELECT lexeme, count(*) FROM knowledge_posting GROUP BY lexeme HAVING count(*) >= %s
"""
_COUNT_COLLECTION = """
INSERT INTO knowledge_collection (chunks, chunk_length, article_length, counted_at)
SELECT count(*), greatest(avg(length), 1), greatest(sum(length)::float / count(DISTINCT article_id), 1), now()
FROM knowledge_chunk
"""


def refresh() -> bool:
    """Count anew if enough has changed; returns whether it did. Searches go on meanwhile, with what was counted before."""
    with connection.cursor() as cursor:
        cursor.execute(_COMPLETE)
    with transaction.atomic(), connection.cursor() as cursor:
        # Whoever comes while another counts has nothing to do.
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext('knowledge.statistics'))")
        if not cursor.fetchone()[0]:
            return False
        chunks = Chunk.objects.count()
        counted = Collection.objects.values_list("chunks", flat=True).first() or 0
        if chunks < COUNTED:
            chunks = 0
        if abs(chunks - counted) <= _CHANGED * counted:
            return False
        count()
        return True


@transaction.atomic
def count() -> None:
    """Count anew, whatever has changed; a small index gets no rows."""
    Lexeme.objects.all().delete()
    Collection.objects.all().delete()
    if Chunk.objects.count() >= COUNTED:
        with connection.cursor() as cursor:
            cursor.execute(_COUNT_LEXEMES, [COUNTED])
            cursor.execute(_COUNT_COLLECTION)
