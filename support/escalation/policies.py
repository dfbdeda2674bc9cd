"""Reading and writing policies. A version never changes, so a process keeps those it has read."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db import transaction

from agents.escalation import parsing
from agents.escalation.default import BUILT_IN
from agents.escalation.rules import Policy, Rule
from config.common.audit.actions import Action as Audited
from config.common.audit.origin import SYSTEM, Actor
from config.common.audit.trail import record
from config.common.errors import Conflict
from sessions_app.models import Inbox
from support.escalation.models import EscalationPolicy, EscalationVersion


class Stale(Conflict):
    """Somebody else has changed the policy meanwhile."""

    default_detail = "The policy was changed while you were editing."


class NoDraft(Conflict):
    """There is nothing to put in force."""

    default_detail = "There is no draft."


@lru_cache(256)
def of_version(inbox_id: UUID, version: int) -> Policy:
    """The policy that an inbox had in this version."""
    if version == 0:
        return BUILT_IN
    row = EscalationVersion.objects.get(inbox=inbox_id, version=version)
    return Policy(version, parsing.from_json(row.rules))


def in_force(inbox_id: UUID) -> Policy:
    """The inbox's policy as it is now."""
    row = EscalationPolicy.objects.filter(inbox=inbox_id).first()
    return of_version(inbox_id, row.version if row else 0)


def draft_of(inbox_id: UUID) -> Policy | None:
    """What is being prepared, numbered as it would be in force."""
    row = EscalationPolicy.objects.filter(inbox=inbox_id).first()
    return Policy(row.version + 1, parsing.from_json(row.draft)) if row and row.draft is not None else None


@transaction.atomic
def save_draft(inbox: Inbox, rules: Sequence[Rule], seen_revision: int | None = None) -> EscalationPolicy:
    """Keep rules as the draft; nothing changes for customers. Raises Stale when `seen_revision` is not the latest."""
    row = _locked(inbox)
    if seen_revision is not None and seen_revision != row.revision:
        raise Stale()
    stored = parsing.to_json(rules)
    row.draft = None if stored == parsing.to_json(of_version(inbox.pk, row.version).rules) else stored
    return _changed(row)


@transaction.atomic
def discard_draft(inbox: Inbox) -> EscalationPolicy:
    """Go back to what is in force."""
    row = _locked(inbox)
    row.draft = None
    return _changed(row)


@transaction.atomic
def put_in_force(inbox: Inbox, author: Any, seen_revision: int | None = None) -> EscalationPolicy:
    """Make the draft the next version; turns that begin from this commit on are judged by it. Raises NoDraft, Stale."""
    row = _locked(inbox)
    if seen_revision is not None and seen_revision != row.revision:
        raise Stale()
    if row.draft is None:
        raise NoDraft()
    row.version += 1
    EscalationVersion.objects.create(inbox=inbox, version=row.version, rules=row.draft, author=author)
    row.draft = None
    by = Actor.staff(author.pk) if author else SYSTEM
    record(Audited.POLICY_PUT_IN_FORCE, "inbox", inbox.pk, otherwise=by, version=row.version)
    return _changed(row)


def _locked(inbox: Inbox) -> EscalationPolicy:
    EscalationPolicy.objects.get_or_create(inbox=inbox)
    return EscalationPolicy.objects.select_for_update().get(inbox=inbox)


def _changed(row: EscalationPolicy) -> EscalationPolicy:
    row.revision += 1
    row.save(update_fields=["version", "draft", "revision", "updated_at"])
    return row
