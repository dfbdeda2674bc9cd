"""Word vectors beside each chunk's own. Chunks of before have none: the sweep embeds them anew."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("knowledge", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="chunk",
            name="words",
            field=models.BinaryField(help_text="Sign bits of the words' vectors (knowledge.interaction).", null=True),
        ),
        # Bits of this kind don't compress: PostgreSQL need not try.
        migrations.RunSQL(
            "ALTER TABLE knowledge_chunk ALTER COLUMN words SET STORAGE EXTERNAL", migrations.RunSQL.noop
        ),
        migrations.RunSQL("UPDATE knowledge_chunk SET embedding = NULL", migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="chunk",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("embedding", None), ("words", None)),
                    models.Q(("embedding__isnull", False), ("words__isnull", False)),
                    _connector="OR",
                ),
                name="chunk_embedded_whole",
            ),
        ),
    ]
