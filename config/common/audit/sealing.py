"""Giving entries their places in the chain, in a short transaction after theirs; one process at a time.

Writers never wait for each other or for this. An entry whose transaction takes long gets its place when it is committed, after
entries that were begun later.
"""

from django.db import connection, transaction

from config.common import events, redis
from config.common.audit import anchor, proof
from config.common.audit.anchor import End
from config.common.audit.models import Checkpoint, Entry, Link, Unsealed

BATCH = 1_000
# Names the advisory lock of whoever lengthens or cuts the chain.
LOCK = 0x61756469


def is_mine() -> bool:
    """Take the chain until the end of the transaction; False when another process has it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        return bool(cursor.fetchone()[0])


def end() -> End:
    """The newest link."""
    newest = Link.objects.order_by("-number").values_list("number", "mac").first()
    if newest is None:
        newest = Checkpoint.objects.order_by("-number").values_list("number", "link_mac").first()
    return End(*newest) if newest else End(0, proof.BEGINNING)


def seal() -> int:
    """Chain what is committed and not chained yet; returns how many entries that were."""
    total = 0
    while sealed := _seal_batch():
        total += sealed
    if total:
        move_anchor()
    return total


@transaction.atomic
def _seal_batch() -> int:
    if not is_mine():
        return 0
    # What waits and is not there was removed by somebody: it goes on waiting, and verification names it.
    waiting = Entry.objects.filter(pk__in=Unsealed.objects.values("pk")).order_by("pk")
    last, links = end(), []
    for entry_id, mac in waiting.values_list("pk", "mac")[:BATCH]:
        number = last.number + 1
        last = End(number, proof.of_link(number, entry_id, mac, last.mac))
        links.append(Link(number=number, entry_id=entry_id, mac=last.mac))
    Link.objects.bulk_create(links)
    Unsealed.objects.filter(pk__in=[link.entry_id for link in links]).delete()
    return len(links)


def move_anchor() -> None:
    """Note the chain's end outside the database, unless what was noted before is not in it any more."""
    try:
        noted = anchor.read()
        if noted is None or holds(noted):
            anchor.note(end())
        else:
            events.emit(events.Event.AUDIT_BROKEN, "error", number=noted.number)
    except redis.Error as error:
        events.emit(events.Event.AUDIT_ANCHOR_FAILED, "warning", reason=type(error).__name__)


def holds(noted: End) -> bool:
    """Whether the chain has this link, or has been cut off behind it."""
    if noted.number == 0 or Link.objects.filter(number=noted.number, mac=noted.mac).exists():
        return True
    return Checkpoint.objects.filter(number__gte=noted.number).exists()
