"""Whatever is done to the trail behind our back is found, and the first entry that does not fit is named."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings

from config.common import redis
from config.common.audit import anchor, sealing, verifying
from config.common.audit.models import Entry, Link


def fault() -> str:
    return verifying.verify().fault


def test_an_untouched_trail_fits(trail):
    """Red when the time, or the details, come back from the database as something else than was proven."""
    trail(5)
    trail(2, sealed=False)
    verdict = verifying.verify()
    assert (verdict.fault, verdict.entries, verdict.waiting, verdict.end.number) == ("", 7, 2, 5)
    assert verdict.anchored


def test_an_empty_trail_fits(trail):
    assert (fault(), verifying.verify().entries) == ("", 0)


@pytest.mark.parametrize(
    "change",
    [
        "actor_id = '7'",
        "action = 'conversation.claimed'",
        "at = at + interval '1 microsecond'",
        "object_id = 'other'",
        "request_id = 'other'",
        "address = '192.0.2.1'",
        "details = '{\"seq\": 99}'",
        "mac = repeat('0', 64)",
    ],
    ids=lambda change: change.split()[0],
)
def test_an_altered_entry_is_named(trail, tamper, change):
    """Red when proof._content leaves the field out."""
    ids = trail(3)
    tamper(f"UPDATE audit_entry SET {change} WHERE id = %s", ids[1])
    assert fault() == f"Entry {ids[1]} (number 2) was altered, or not written by us."


def test_a_removed_entry_is_named(trail, tamper):
    """Red when the walk leaves out links without an entry."""
    ids = trail(3)
    tamper("DELETE FROM audit_entry WHERE id = %s", ids[1])
    assert fault() == f"Entry {ids[1]} (number 2) was removed."


def test_an_entry_removed_with_its_link_is_missed(trail, tamper):
    """Red when _step does not compare the number."""
    ids = trail(3)
    tamper("DELETE FROM audit_entry WHERE id = %s", ids[1])
    tamper("DELETE FROM audit_link WHERE entry_id = %s", ids[1])
    assert fault() == "Number 2 of the chain is missing."


def test_a_closed_gap_is_found(trail, tamper):
    """Red when a link's proof covers neither its number nor the link before it."""
    ids = trail(3)
    tamper("DELETE FROM audit_entry WHERE id = %s", ids[1])
    tamper("DELETE FROM audit_link WHERE entry_id = %s", ids[1])
    tamper("UPDATE audit_link SET number = 2 WHERE entry_id = %s", ids[2])
    assert fault() == f"Entry {ids[2]} does not belong at number 2: it was moved, or what stood before it."


def test_reordered_entries_are_found(trail, tamper):
    """Red when a link's proof covers neither its number nor the link before it."""
    ids = trail(3)
    for entry, number in ((ids[1], -1), (ids[2], 2), (ids[1], 3)):
        tamper("UPDATE audit_link SET number = %s WHERE entry_id = %s", number, entry)
    assert "does not belong at number 2" in fault()


def test_entries_that_changed_places_are_found(trail, tamper):
    """The links stay as they are. Red when a link's proof does not cover its entry."""
    ids = trail(3)
    for number, entry in ((2, -1), (3, ids[1]), (2, ids[2])):
        tamper("UPDATE audit_link SET entry_id = %s WHERE number = %s", entry, number)
    assert fault() == f"Entry {ids[2]} does not belong at number 2: it was moved, or what stood before it."


def test_what_stood_there_in_another_history_is_found(trail, tamper):
    """After a backup was restored another entry got the number; the old one is put back. Red when a link's proof does not cover
    the link before it."""
    old = Link.objects.select_related("entry").get(entry=trail(3)[2])
    _cut_off_end(tamper, 1)
    verifying.accept_end()
    trail(3)
    tamper("DELETE FROM audit_entry USING audit_link WHERE entry_id = audit_entry.id AND number = 3")
    tamper("DELETE FROM audit_link WHERE number = 3")
    Entry.objects.bulk_create([old.entry])
    Link.objects.bulk_create([old])
    tamper("DELETE FROM audit_unsealed")
    assert fault() == f"Entry {old.entry_id} does not belong at number 3: it was moved, or what stood before it."


COPY = """INSERT INTO audit_entry (at, actor_kind, actor_id, action, object_type, object_id, request_id, address, details, mac)
          SELECT at, actor_kind, actor_id, action, object_type, object_id, request_id, address, details, mac
          FROM audit_entry WHERE id = %s"""


def test_an_inserted_entry_is_found_before_and_after_it_is_chained(trail, tamper):
    """Red when an entry's proof does not cover its id: a copy of a true one would fit."""
    ids = trail(2)
    tamper(COPY, ids[0])
    tamper("INSERT INTO audit_unsealed (entry_id) SELECT max(id) FROM audit_entry")
    inserted = Entry.objects.latest("pk").pk
    assert fault() == f"Entry {inserted} was altered, or not written by us."
    sealing.seal()
    assert fault() == f"Entry {inserted} (number 3) was altered, or not written by us."


def test_an_entry_beside_the_chain_is_found(trail, tamper):
    """Red when _check_waiting does not look for entries that are neither chained nor waiting."""
    trail(1)
    (lone,) = trail(1, sealed=False)
    tamper("DELETE FROM audit_unsealed")
    assert fault() == f"Entry {lone} is not part of the chain."


def test_an_entry_removed_before_it_was_chained_is_found(trail, tamper):
    """Red when _check_waiting does not look for what waits and is not there."""
    (gone,) = trail(1, sealed=False)
    tamper("DELETE FROM audit_entry WHERE id = %s", gone)
    sealing.seal()
    assert fault() == f"Entry {gone} was removed before it had a place in the chain."


def _cut_off_end(tamper, after: int) -> None:
    tamper("DELETE FROM audit_entry USING audit_link WHERE entry_id = audit_entry.id AND number > %s", after)
    tamper("DELETE FROM audit_link WHERE number > %s", after)


def test_a_cut_off_end_is_found_also_once_others_stand_there(trail, tamper):
    """Red when move_anchor notes the end without asking whether the chain holds what was noted before."""
    trail(5)
    _cut_off_end(tamper, 3)
    assert fault() == "The end was cut off: the chain ends at number 3, but went on to 5."
    trail(4)
    assert fault() == "Number 5 is another entry than the one that stood there: the end was cut off."


def test_everything_removed_is_found(trail, tamper):
    trail(2)
    _cut_off_end(tamper, 0)
    assert "The end was cut off" in fault()


def test_after_a_restored_backup_the_end_can_be_accepted(trail, tamper):
    """Red when accept_end does not note the end. That it was done is an entry."""
    trail(3)
    _cut_off_end(tamper, 2)
    call_command("verify_audit", accept_end=True, stdout=StringIO())
    sealing.seal()
    assert fault() == ""
    assert Entry.objects.latest("pk").action == "trail.anchored"


def test_without_the_key_nothing_can_be_proven(trail, tamper):
    """Whoever has the database and not SECRET_KEY rebuilds nothing. Red when proof uses a plain hash."""
    trail(2)
    with override_settings(SECRET_KEY="another-secret-key-of-somebody-else-entirely"):
        assert "was altered, or not written by us" in fault()


def test_a_former_secret_key_still_verifies(trail):
    """Red when proof._keys leaves the fallbacks out."""
    from django.conf import settings

    trail(2)
    with override_settings(
        SECRET_KEY="a-new-secret-key-after-a-rotation-of-keys", SECRET_KEY_FALLBACKS=[settings.SECRET_KEY]
    ):
        trail(1)
        assert (fault(), verifying.verify().entries) == ("", 3)


def test_the_command_says_what_it_found(trail, tamper):
    """Red when the command ends with status 0 whatever it finds."""
    ids = trail(2)
    said = StringIO()
    call_command("verify_audit", stdout=said)
    assert said.getvalue().startswith("2 entries fit; 0 not chained yet. The chain ends at number 2, proof ")
    assert anchor.verdict()[0] is False
    tamper("DELETE FROM audit_entry WHERE id = %s", ids[0])
    with pytest.raises(CommandError, match=rf"Entry {ids[0]} \(number 1\) was removed") as caught:
        call_command("verify_audit")
    assert caught.value.returncode == 1
    assert anchor.verdict()[0] is True


def test_an_emptied_redis_is_said_and_noted_anew(trail):
    trail(1)
    redis.client().delete("audit:{chain}")
    said = StringIO()
    call_command("verify_audit", stdout=said)
    assert "Nothing outside the database knows where the chain ended" in said.getvalue()
    trail(1)
    assert verifying.verify().anchored
    assert anchor.read().number == Link.objects.count() == 2
