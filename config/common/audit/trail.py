"""Writing to the trail."""

import json
from typing import Any

import structlog
from django.db import connection, transaction

from config.common.audit import origin, proof
from config.common.audit.actions import Action
from config.common.audit.models import Entry
from config.common.audit.origin import SYSTEM, Actor
from config.common.events import REFUSED_FIELDS

MAX_DETAILS_BYTES = 16 * 1024
# A customer's address is personal data, which an entry that cannot be erased must not keep. What the system does may
# have begun with a customer's request.
_WITH_ADDRESS = {Entry.Kind.STAFF, Entry.Kind.API_KEY, Entry.Kind.NOBODY}

# The clock that orders everything, and a number that no other entry has or had.
_NEXT = "SELECT nextval(pg_get_serial_sequence('audit_entry', 'id')), clock_timestamp()"


def record(
    action: Action,
    object_type: str,
    object_id: object = "",
    *,
    by: Actor | None = None,
    otherwise: Actor = SYSTEM,
    **details: Any,
) -> None:
    """Write an entry in the transaction of what it tells of: both are committed, or neither.

    by: who did it; None: whoever the request or socket is from, and `otherwise` where there is neither. details: ids, numbers,
    names of fields; ValueError for what could carry personal data, texts or secrets, and for more than MAX_DETAILS_BYTES.
    Waits for no other writer: the place in the chain comes later (`sealing`).
    """
    _refuse(details)
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("An audit entry belongs into the transaction of what it tells of.")
    actor = by or origin.actor() or otherwise
    with connection.cursor() as cursor:
        cursor.execute(_NEXT)
        number, now = cursor.fetchone()
    entry = Entry(
        id=number,
        at=now,
        actor_kind=actor.kind,
        actor_id=actor.id,
        action=action.value,
        object_type=object_type,
        object_id=str(object_id),
        request_id=structlog.contextvars.get_contextvars().get("request_id", ""),
        address=origin.client_address() if actor.kind in _WITH_ADDRESS else "",
        details=details,
    )
    entry.mac = proof.of_entry(entry)
    Entry.objects.bulk_create([entry])


def _refuse(details: dict[str, Any]) -> None:
    if refused := sorted(REFUSED_FIELDS.intersection(details)):
        raise ValueError(f"audit details not allowed: {', '.join(refused)}")
    for value in details.values():
        if not _is_plain(value):
            raise ValueError("audit details are texts, whole numbers, truth values, and lists of these")
    if len(json.dumps(details)) > MAX_DETAILS_BYTES:
        raise ValueError(f"audit details are longer than {MAX_DETAILS_BYTES} bytes")


def _is_plain(value: Any) -> bool:
    if isinstance(value, list):
        return all(_is_plain(item) for item in value)
    return value is None or isinstance(value, str | int | bool)
