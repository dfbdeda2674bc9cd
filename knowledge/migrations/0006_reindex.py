"""How the index was made, in a row beside it, and the rebuilds. The index itself is not touched."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from pgvector.django import VectorField

# What an index of before was always made with.
_DIMENSIONS, _CHUNK_TOKENS, _CHUNKING = 384, 200, 1


def record(apps, schema_editor):
    """The index of before is of the model that is configured: there was no other way."""
    from knowledge.model_files import identify

    model = identify(settings.EMBEDDING_MODEL)
    apps.get_model("knowledge", "IndexRecord").objects.get_or_create(
        id=1,
        defaults={
            "model": model.name,
            "digest": model.digest,
            "dimensions": _DIMENSIONS,
            "chunk_tokens": _CHUNK_TOKENS,
            "chunking": _CHUNKING,
        },
    )


class Migration(migrations.Migration):
    dependencies = [
        ("knowledge", "0005_pins_and_validity"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="IndexRecord",
            fields=[
                ("id", models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("model", models.CharField(help_text="As EMBEDDING_MODEL names it.", max_length=500)),
                (
                    "digest",
                    models.CharField(blank=True, help_text="SHA-256 of its weights; empty: not known.", max_length=64),
                ),
                ("dimensions", models.PositiveSmallIntegerField()),
                ("chunk_tokens", models.PositiveSmallIntegerField()),
                ("chunking", models.PositiveSmallIntegerField(help_text="knowledge.recipes.CHUNKING")),
                ("made_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "constraints": [models.CheckConstraint(condition=models.Q(("id", 1)), name="indexrecord_is_one")],
            },
        ),
        migrations.CreateModel(
            name="Reindex",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting for a worker"),
                            ("running", "Running"),
                            ("done", "Done"),
                            ("failed", "Failed"),
                            ("aborted", "Aborted"),
                        ],
                        default="waiting",
                        max_length=8,
                    ),
                ),
                (
                    "stage",
                    models.CharField(
                        choices=[
                            ("embedding", "Embedding articles"),
                            ("indexing", "Building indexes"),
                            ("checking", "Checking"),
                            ("swapping", "Swapping"),
                        ],
                        default="embedding",
                        max_length=9,
                    ),
                ),
                ("model", models.CharField(help_text="As EMBEDDING_MODEL names it.", max_length=500)),
                (
                    "digest",
                    models.CharField(blank=True, help_text="SHA-256 of its weights, once it is loaded.", max_length=64),
                ),
                ("by_worker", models.BooleanField(help_text="Whether workers go on with it by themselves.")),
                (
                    "turn",
                    models.PositiveIntegerField(
                        default=0, help_text="Goes up with each task: one of an earlier turn is void."
                    ),
                ),
                ("done", models.PositiveIntegerField(default=0, help_text="Articles, or checks, of this stage.")),
                ("total", models.PositiveIntegerField(default=0)),
                ("abort_requested", models.BooleanField(default=False)),
                ("error", models.CharField(blank=True, max_length=1000)),
                ("result", models.JSONField(default=dict)),
                ("started_at", models.DateTimeField(auto_now_add=True)),
                ("finished_at", models.DateTimeField(null=True)),
                (
                    "author",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "search index",
                "ordering": ["-pk"],
                "constraints": [
                    models.UniqueConstraint(
                        models.Value(True),
                        condition=models.Q(("state__in", ["waiting", "running"])),
                        name="reindex_one_active",
                    )
                ],
            },
        ),
        # The column has the dimensions of the index's model, whatever they are: only Django's idea of it changes.
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(model_name="chunk", name="embedding", field=VectorField(null=True)),
            ]
        ),
        migrations.RunPython(record, migrations.RunPython.noop),
    ]
