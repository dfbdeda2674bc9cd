"""Processes of the last release serve while a migration runs: no migration does what they would notice."""

import uuid

import pytest
from django.contrib.postgres.operations import AddConstraintNotValid, AddIndexConcurrently, ValidateConstraint
from django.db import migrations, models
from django.db.migrations.loader import MigrationLoader

from tests.deploy.migration_rules import dangers

# Looked at, each with the reason why it may be. A new entry needs one as good.
LOOKED_AT = {
    ("audit", "0002_append_only"): "triggers on tables that the last release does not know",
    ("agents", "0002_connectors"): "before the first release; an index on calls that were counted for some days",
    ("knowledge", "0002_chunk_words"): "before the first release; the sweep embeds anew what it empties",
    ("knowledge", "0003_search_at_scale"): "completes rows in batches, each a transaction of its own",
    ("knowledge", "0004_sources"): "before the first release; articles are few thousands of rows",
    (
        "knowledge",
        "0005_pins_and_validity",
    ): "before the first release; both columns of the constraint are new and empty",
    ("knowledge", "0006_reindex"): "reads the name of the model, writes one row of a new table",
    ("sessions_app", "0003_limited_keys"): "API keys are tens of rows",
    ("support", "0002_actions"): "before the first release; the column is new and empty, the index quickly made",
}
OURS = {"agents", "audit", "knowledge", "sessions_app", "support"}


@pytest.fixture(scope="module")
def loader():
    return MigrationLoader(None)


def test_no_migration_is_dangerous(loader):
    found = {
        key: dangers(loader, migration)
        for key, migration in sorted(loader.disk_migrations.items())
        if key[0] in OURS and not key[1].startswith("0001")
    }
    assert {key: phrases for key, phrases in found.items() if phrases and key not in LOOKED_AT} == {}
    assert [key for key in LOOKED_AT if not found.get(key)] == [], "nothing dangerous is left in these: take them out"


def _made(operations):
    made = type("Next", (migrations.Migration,), {"operations": list(operations)})
    return made("9999_next", "support")


MOOD = models.CharField(max_length=20)
CHECK = models.CheckConstraint(condition=models.Q(seq__gt=0), name="seq_positive")
INDEX = models.Index(fields=["role"], name="by_role")


@pytest.mark.parametrize(
    "operation",
    [
        migrations.RemoveField("message", "notice"),
        migrations.RenameField("message", "notice", "note"),
        migrations.DeleteModel("Message"),
        migrations.RenameModel("Message", "Utterance"),
        migrations.AddField("message", "mood", MOOD),
        migrations.AddField("message", "mood", models.CharField(max_length=20, default="calm")),
        migrations.AddField("message", "mood", models.CharField(max_length=20, null=True, db_index=True)),
        migrations.AddField("message", "by", models.ForeignKey("support.Run", null=True, on_delete=models.CASCADE)),
        migrations.AddIndex("message", INDEX),
        migrations.AddConstraint("message", CHECK),
        migrations.RunSQL("SELECT 1"),
        migrations.RunPython(migrations.RunPython.noop),
        migrations.SeparateDatabaseAndState([migrations.RemoveField("message", "notice")]),
    ],
    ids=lambda operation: type(operation).__name__,
)
def test_what_is_dangerous(loader, operation):
    """Red when the rule for it is left out of migration_rules."""
    assert len(dangers(loader, _made([operation]))) == 1


@pytest.mark.parametrize(
    "operations",
    [
        [migrations.AddField("message", "mood", models.CharField(max_length=20, null=True))],
        [migrations.AddField("message", "mood", models.CharField(max_length=20, db_default=""))],
        [AddIndexConcurrently("message", INDEX), migrations.RemoveIndex("message", "by_role")],
        [AddConstraintNotValid("message", CHECK), ValidateConstraint("message", "seq_positive")],
        [
            migrations.CreateModel("Mood", [("id", models.UUIDField(primary_key=True, default=uuid.uuid4))]),
            migrations.AddField("mood", "name", MOOD),
            migrations.AddIndex("mood", models.Index(fields=["name"], name="mood_name")),
        ],
    ],
    ids=["nullable", "database-default", "index", "constraint", "new-table"],
)
def test_what_is_not(loader, operations):
    assert dangers(loader, _made(operations)) == []


def test_a_change_of_a_field(loader):
    """Red when AlterField is not looked at."""
    (last,) = loader.graph.leaf_nodes("support")
    state = loader.project_state(last).apps.get_model("support", "Message")._meta
    text, notice = state.get_field("text").clone(), state.get_field("notice").clone()
    assert notice.max_length
    notice.max_length = 5
    changed = _made([migrations.AlterField("message", "notice", notice)])
    changed.name = last[1]
    assert len(dangers(loader, changed)) == 1
    unchanged = _made([migrations.AlterField("message", "text", text)])
    unchanged.name = last[1]
    assert dangers(loader, unchanged) == []
