"""When a person was asked for and nobody was there; the index is made while messages go on being written."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("support", "0010_erasures"),
    ]

    operations = [
        migrations.AddField(
            model_name="conversation",
            name="missed_at",
            field=models.DateTimeField(
                help_text="When a person was asked for and nobody was there; null once somebody has seen to it.",
                null=True,
            ),
        ),
        AddIndexConcurrently(
            model_name="conversation",
            index=models.Index(
                condition=models.Q(("missed_at__isnull", False)), fields=["missed_at"], name="conversation_missed"
            ),
        ),
    ]
