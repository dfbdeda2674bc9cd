"""Old entries go, at a checkpoint that proves what stays."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now
from django.test import override_settings

from config.common.audit import cutting, proof, sealing, tasks, verifying
from config.common.audit.models import Checkpoint, Entry, Link

pytestmark = pytest.mark.django_db


@pytest.fixture
def aged(trail, tamper):
    """Entries written so many days ago, rightly proven and chained."""

    def write(*ages: int) -> list[int]:
        ids = []
        for age in ages:
            (entry_id,) = trail(1, sealed=False)
            tamper("UPDATE audit_entry SET at = at - %s * interval '1 day' WHERE id = %s", age, entry_id)
            entry = Entry.objects.get(pk=entry_id)
            tamper("UPDATE audit_entry SET mac = %s WHERE id = %s", proof.of_entry(entry), entry_id)
            sealing.seal()
            ids.append(entry_id)
        return ids

    return write


@override_settings(AUDIT_RETENTION_DAYS=30)
def test_what_is_old_enough_goes_and_the_rest_verifies(aged):
    """Red when the checkpoint has the proof of another link than the last one that goes."""
    ids = aged(40, 31, 29, 1)
    assert cutting.cut() == 2
    sealing.seal()
    assert list(Entry.objects.order_by("pk").values_list("pk", flat=True))[:2] == ids[2:]
    assert Entry.objects.latest("pk").action == "trail.cut"
    verdict = verifying.verify()
    assert (verdict.fault, verdict.entries, verdict.end.number) == ("", 3, 5)
    assert cutting.cut() == 0


@override_settings(AUDIT_RETENTION_DAYS=30)
def test_the_newest_entry_stays_however_old(aged):
    """Red when cut lets go of the last link, on which the next builds."""
    ids = aged(50, 40)
    assert cutting.cut() == 1
    assert Link.objects.get().entry_id == ids[1]
    sealing.seal()
    assert verifying.verify().fault == ""


@override_settings(AUDIT_RETENTION_DAYS=30)
def test_the_chain_gets_no_holes(aged):
    """What is old behind something young was committed late, and stays with it. Red when cut looks at the age alone."""
    aged(1, 40)
    assert cutting.cut() == 0


@override_settings(AUDIT_RETENTION_DAYS=0)
def test_without_a_limit_all_is_kept(aged):
    aged(4000, 1)
    assert cutting.cut() == 0


@override_settings(AUDIT_RETENTION_DAYS=30)
def test_what_does_not_fit_is_evidence_and_stays(aged, tamper):
    """Red when the daily task cuts without looking at the verdict."""
    ids = aged(50, 40, 1)
    tamper("UPDATE audit_entry SET actor_id = '7' WHERE id = %s", ids[1])
    tasks.verify()
    assert Entry.objects.filter(pk=ids[0]).exists()


def test_a_forged_checkpoint_is_found(aged, tamper):
    """Red when verification believes every checkpoint: whoever makes one may delete what lies before."""
    aged(3, 2, 1)
    second = Link.objects.get(number=2)
    Checkpoint.objects.create(number=2, link_mac=second.mac, mac="0" * 64)
    Entry.objects.filter(link__number__lte=2).delete()
    Link.objects.filter(number__lte=2).delete()
    assert verifying.verify().fault == "The checkpoint at number 2 was not made by us."


@override_settings(AUDIT_RETENTION_DAYS=30)
def test_the_daily_task_cuts_what_is_intact(aged):
    aged(40, 1)
    tasks.verify()
    assert Entry.objects.filter(at__lt=Now() - timedelta(days=30)).count() == 0
