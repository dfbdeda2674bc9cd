"""The database refuses to change and to delete entries, whoever asks."""

import pytest
from django.db import IntegrityError, connection, transaction

from config.common.audit.models import Checkpoint, Entry, Link


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET actor_id = '1'",
        "UPDATE audit_link SET mac = ''",
        "DELETE FROM audit_entry",
        "DELETE FROM audit_link",
        "TRUNCATE audit_entry CASCADE",
        "TRUNCATE audit_link CASCADE",
        "TRUNCATE audit_checkpoint",
    ],
    ids=lambda statement: "_".join(statement.split()[:3]),
)
def test_refused(trail, statement):
    """Red when the migration leaves out this statement's trigger."""
    trail(2)
    with pytest.raises(IntegrityError, match="is refused"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert (Entry.objects.count(), Link.objects.count()) == (2, 2)


def test_a_checkpoint_stays(trail):
    trail(1)
    Checkpoint.objects.create(number=0, link_mac="", mac="")
    for statement in ("UPDATE audit_checkpoint SET number = 9", "DELETE FROM audit_checkpoint"):
        with pytest.raises(IntegrityError, match="is refused"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_what_waits_for_its_place_stays_too(trail):
    """Red when audit_keep_entry lets go of entries without a link."""
    trail(1, sealed=False)
    with pytest.raises(IntegrityError, match="no checkpoint covers"), transaction.atomic():
        Entry.objects.all()._raw_delete("default")
