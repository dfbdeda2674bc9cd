"""Giving a curated answer: in the transaction of the reply, so that what was withdrawn before it is not said."""

from uuid import UUID

from django.db import connection

from knowledge.audience import ADMITTED, Audience

# The lock is shared: turns do not wait for each other, only for an editor who is saving this answer, or the editor for them.
_GIVE = f"""
INSERT INTO knowledge_curatedhit (answer_id)
SELECT a.id FROM knowledge_curatedanswer a
WHERE a.id = %(id)s AND a.answer = %(text)s AND a.enabled AND {ADMITTED}
FOR SHARE
"""


def give(answer_id: UUID, text: str, audience: Audience) -> bool:
    """Count a hit, if the answer still says `text` and `audience` may still be given it; returns whether that is so.

    What is true here is true at the commit: whoever would change the answer waits for this transaction.
    """
    with connection.cursor() as cursor:
        cursor.execute(_GIVE, audience.parameters() | {"id": answer_id, "text": text})
        return bool(cursor.rowcount == 1)
