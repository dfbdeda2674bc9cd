"""Erasing and exporting are in the audit trail, which keeps ids and nothing else of an erased customer."""

import pytest

from config.common.audit.models import Entry
from support import actions
from support.privacy import erasing, export, people, verifying

pytestmark = pytest.mark.django_db


def entries() -> list[tuple[str, str, str]]:
    return list(Entry.objects.order_by("id").values_list("action", "object_type", "object_id"))


def test_an_erasure_is_told_of_by_its_manifest(planted):
    """Red when `_erase_rows` records nothing, or who was erased."""
    erasure = erasing.erase(planted.customer.id, "rita")
    assert entries()[-1] == ("customer.erased", "erasure", str(erasure.id))


def test_an_export_is_told_of(planted):
    """Red when `pieces` records nothing."""
    next(export.pieces(people.find(planted.customer.id)))
    assert entries()[-1] == ("customer.exported", "customer", str(planted.customer.id))


def test_what_staff_did_stays_in_the_trail_and_is_no_remainder(planted, django_user_model):
    """Red without KEEPS_IDS."""
    sam = django_user_model.objects.create_user("sam")
    actions.claim(planted.conversation.id, sam)
    erasure = erasing.erase(planted.customer.id, "rita")
    assert ("conversation.claimed", "conversation", str(planted.conversation.id)) in entries()
    assert verifying.verify(erasure).left == {}
    assert verifying.verify(erasure, ["conversation.claimed"]).left == {"audit_entry.action": 1}, "texts are looked for"
