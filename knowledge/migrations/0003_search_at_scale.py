"""What a search needs to read little: impact and article in each posting, and counts of what is common.

Not in one transaction, so that indexes are built and rows completed while the site goes on. Whatever was interrupted is
taken up where it was. Processes of before may go on writing: see Posting.
"""

import uuid

import django.contrib.postgres.operations as postgres
import django.db.models.deletion
from django.db import migrations, models

# Chunks at a time: each batch is its own transaction, and blocks nobody.
_BATCH = 500
_NEXT = "SELECT id FROM (SELECT id FROM knowledge_chunk WHERE id > %s ORDER BY id LIMIT %s) b ORDER BY id DESC LIMIT 1"
_COMPLETE = """
UPDATE knowledge_posting p
SET article_id = c.article_id, impact = frequency / (frequency + 1.2 * (0.6 + 0.4 * c.length / 60.0))
FROM knowledge_chunk c
WHERE c.id > %s AND c.id <= %s AND p.chunk_id = c.id AND p.article_id IS NULL
"""


def complete(apps, schema_editor):
    done = uuid.UUID(int=0)
    with schema_editor.connection.cursor() as cursor:
        while True:
            cursor.execute(_NEXT, [done, _BATCH])
            last = cursor.fetchone()
            if last is None:
                break
            cursor.execute(_COMPLETE, [done, *last])
            (done,) = last
        cursor.execute("ANALYZE knowledge_posting")


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("knowledge", "0002_chunk_words")]

    operations = [
        migrations.CreateModel(
            name="Lexeme",
            fields=[
                ("lexeme", models.CharField(max_length=100, primary_key=True, serialize=False)),
                ("chunks", models.PositiveIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="Collection",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("chunks", models.PositiveIntegerField()),
                ("chunk_length", models.FloatField(help_text="Mean number of lexemes of a chunk.")),
                ("article_length", models.FloatField(help_text="Mean number of lexemes of an article.")),
                ("counted_at", models.DateTimeField(auto_now=True)),
            ],
        ),
        migrations.AddField(
            model_name="posting",
            name="article_id",
            field=models.UUIDField(help_text="The chunk's article.", null=True),
        ),
        migrations.AddField(
            model_name="posting",
            name="impact",
            field=models.FloatField(help_text="About what it adds to the chunk's BM25, 0 to 1, before idf.", null=True),
        ),
        postgres.AddIndexConcurrently(
            model_name="posting",
            index=models.Index(fields=["chunk"], condition=models.Q(article_id=None), name="posting_incomplete"),
        ),
        migrations.RunPython(complete, migrations.RunPython.noop),
        postgres.AddIndexConcurrently(
            model_name="posting",
            index=models.Index(
                models.F("lexeme"),
                models.F("impact").desc(nulls_last=True),
                include=["chunk_id"],
                name="posting_by_impact",
            ),
        ),
        postgres.AddIndexConcurrently(
            model_name="posting",
            index=models.Index(
                fields=["lexeme", "article_id"], include=["chunk_id", "frequency"], name="posting_by_article"
            ),
        ),
        postgres.AddIndexConcurrently(
            model_name="chunk",
            index=models.Index(fields=["article"], include=["length"], name="chunk_article"),
        ),
        migrations.AlterField(
            model_name="chunk",
            name="article",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="chunks",
                to="knowledge.article",
            ),
        ),
    ]
