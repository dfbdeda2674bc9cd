"""An index by which the answers that cite an article are found; made while messages go on being written."""

import django.contrib.postgres.indexes
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("support", "0007_searches"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="message",
            index=django.contrib.postgres.indexes.GinIndex(
                condition=models.Q(("citations", []), _negated=True),
                fields=["citations"],
                name="message_citations",
                opclasses=["jsonb_path_ops"],
            ),
        ),
    ]
