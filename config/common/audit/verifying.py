"""Checking the whole trail: each entry's content, its place in the chain, and that the chain's end is still there."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Exists, OuterRef

from config.common import events, redis
from config.common.audit import anchor, proof, sealing
from config.common.audit.actions import Action
from config.common.audit.anchor import End
from config.common.audit.models import Checkpoint, Entry, Link, Unsealed
from config.common.audit.trail import record

CHUNK = 2_000


@dataclass(frozen=True)
class Verdict:
    """fault: what is wrong with the first entry that does not fit; empty: the trail is as it was written.

    entries: that were checked. waiting: of them, those without a place in the chain yet. end: of the chain as it is.
    anchored: whether the end was compared with what Redis knows of it.
    """

    entries: int
    waiting: int
    end: End
    anchored: bool
    fault: str = ""


class _Fault(Exception):
    pass


def verify() -> Verdict:
    """Check the trail. Reads all of it; blocks nobody."""
    while True:
        start = _start()
        verdict = _verify(start)
        if start == _start():  # not cut off meanwhile
            return verdict


def _start() -> Checkpoint | None:
    return Checkpoint.objects.order_by("-number").first()


def _verify(start: Checkpoint | None) -> Verdict:
    noted, anchored = _noted()
    walk = _Walk(noted)
    waiting = 0
    fault = ""
    try:
        walk.along(start)
        waiting = _check_waiting()
    except _Fault as found:
        fault = str(found)
    return Verdict(walk.entries + waiting, waiting, walk.end, anchored, fault)


def _noted() -> tuple[End | None, bool]:
    """What Redis knows of the chain's end: read first, because the chain only grows."""
    try:
        noted = anchor.read()
    except redis.Error as error:
        events.emit(events.Event.AUDIT_ANCHOR_FAILED, "warning", reason=type(error).__name__)
        return None, False
    return noted, noted is not None


class _Walk:
    """Along the chain, link by link."""

    def __init__(self, noted: End | None) -> None:
        self.end = End(0, proof.BEGINNING)
        self.entries = 0
        self._noted = noted

    def along(self, start: Checkpoint | None) -> None:
        """Raises _Fault at the first link, or entry, that does not fit."""
        if start is not None:
            if not proof.fits_checkpoint(start.mac, start.number, start.link_mac):
                raise _Fault(f"The checkpoint at number {start.number} was not made by us.")
            self.end = End(start.number, start.link_mac)
        for link, entry in _pairs(self.end.number):
            self._step(link, entry)
        if self._noted is not None and self._noted.number > self.end.number:
            raise _Fault(
                f"The end was cut off: the chain ends at number {self.end.number}, but went on to {self._noted.number}."
            )

    def _step(self, link: Link, entry: Entry | None) -> None:
        number = self.end.number + 1
        if link.number != number:
            raise _Fault(f"Number {number} of the chain is missing.")
        if entry is None:
            raise _Fault(f"Entry {link.entry_id} (number {number}) was removed.")
        if not proof.fits_entry(entry):
            raise _Fault(f"Entry {entry.pk} (number {number}) was altered, or not written by us.")
        if not proof.fits_link(link.mac, number, entry.pk, entry.mac, self.end.mac):
            raise _Fault(f"Entry {entry.pk} does not belong at number {number}: it was moved, or what stood before it.")
        if self._noted is not None and self._noted.number == number and self._noted.mac != link.mac:
            raise _Fault(f"Number {number} is another entry than the one that stood there: the end was cut off.")
        self.end = End(number, link.mac)
        self.entries += 1


def _pairs(after: int) -> Iterator[tuple[Link, Entry | None]]:
    """The links behind number `after`, in order, with their entries."""
    links = Link.objects.filter(number__gt=after).order_by("number")
    number = after
    while page := list(links.filter(number__gt=number)[:CHUNK]):
        entries = Entry.objects.in_bulk([link.entry_id for link in page])
        for link in page:
            yield link, entries.get(link.entry_id)
        number = page[-1].number


def _check_waiting() -> int:
    """How many entries wait for a place. In one look each entry has one or waits, for both change in one commit."""
    lost = Unsealed.objects.exclude(Exists(Entry.objects.filter(pk=OuterRef("pk")))).order_by("pk").first()
    if lost is not None:
        raise _Fault(f"Entry {lost.pk} was removed before it had a place in the chain.")
    strangers = Entry.objects.filter(link=None).exclude(pk__in=Unsealed.objects.values("pk"))
    if (stranger := strangers.order_by("pk").first()) is not None:
        raise _Fault(f"Entry {stranger.pk} is not part of the chain.")
    waiting = Entry.objects.filter(pk__in=Unsealed.objects.values("pk")).order_by("pk")
    count = 0
    for entry in waiting.iterator(CHUNK):
        if not proof.fits_entry(entry):
            raise _Fault(f"Entry {entry.pk} was altered, or not written by us.")
        count += 1
    return count


@transaction.atomic
def accept_end() -> End:
    """Believe the chain as it is to be whole: after a backup was restored that lacks its last entries."""
    there = sealing.end()
    record(Action.TRAIL_ANCHORED, "trail", number=there.number)
    anchor.note(there)
    return there
