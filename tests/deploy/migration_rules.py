"""What a migration must not do while processes of the last release serve (docs/operate.md, Migrations).

Tables that the migration itself makes are nobody's yet: anything goes there.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from django.contrib.postgres.operations import AddConstraintNotValid, AddIndexConcurrently
from django.db import connection, migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation

_GONE = (
    *(migrations.RemoveField, migrations.DeleteModel, migrations.RenameField, migrations.RenameModel),
    *(migrations.AlterModelTable, migrations.AlterUniqueTogether),
)
_BY_HAND = (migrations.RunSQL, migrations.RunPython)


def dangers(loader: MigrationLoader, migration: migrations.Migration) -> list[str]:
    """What is dangerous in it, a phrase for each."""
    flat = list(_flat(migration.operations))
    new = {operation.name_lower for operation in flat if isinstance(operation, migrations.CreateModel)}
    found = []
    for operation in flat:
        if isinstance(operation, _BY_HAND):
            found.append(f"{type(operation).__name__} is written by hand")
        elif _table(operation) not in new and (danger := _danger(loader, migration, operation)):
            found.append(f"{operation.describe()}: {danger}")
    return found


def _flat(operations: Sequence[Operation]) -> Iterator[Operation]:
    """Also what stands inside SeparateDatabaseAndState."""
    for operation in operations:
        if isinstance(operation, migrations.SeparateDatabaseAndState):
            yield from _flat(operation.database_operations)
        else:
            yield operation


def _table(operation: Operation) -> str:
    return str(getattr(operation, "model_name", None) or getattr(operation, "name", "")).lower()


def _danger(loader: MigrationLoader, migration: migrations.Migration, operation: Operation) -> str:
    if isinstance(operation, _GONE):
        return "the last release still uses it"
    if isinstance(operation, migrations.AddIndex) and not isinstance(operation, AddIndexConcurrently):
        return "writers wait while the index is built; use AddIndexConcurrently"
    if isinstance(operation, migrations.AddConstraint) and not isinstance(operation, AddConstraintNotValid):
        return "everybody waits while rows are checked; use AddConstraintNotValid, then ValidateConstraint"
    if isinstance(operation, migrations.AddField):
        return _of_new(operation.field)
    if isinstance(operation, migrations.AlterField):
        return _of_changed(loader, migration, operation)
    return ""


def _of_new(field: Any) -> str:
    if field.many_to_many:
        return ""
    if not field.null and not field.has_db_default():
        return "the last release inserts without it; give it null=True or a db_default"
    if field.has_db_default() and not isinstance(field._db_default_expression, models.Value):
        return "the default may rewrite the table; give it a plain value"
    return _of_index(field)


def _of_index(field: Any) -> str:
    if field.unique or field.db_index:
        return "writers wait while its index is built; use db_index=False, then AddIndexConcurrently"
    return ""


def _of_changed(loader: MigrationLoader, migration: migrations.Migration, operation: migrations.AlterField) -> str:
    before = loader.project_state((migration.app_label, migration.name), at_end=False)
    after = before.clone()
    operation.state_forwards(migration.app_label, after)
    key = (migration.app_label, operation.model_name, operation.name)
    old, new = (state.apps.get_model(*key[:2])._meta.get_field(key[2]) for state in (before, after))
    if old.db_type(connection) != new.db_type(connection):
        return "the table is rewritten, or the last release cannot read it"
    if old.null and not new.null:
        return "everybody waits while rows are checked, and the last release may leave it empty"
    return "" if (old.unique, old.db_index) == (new.unique, new.db_index) else _of_index(new)
