"""How far a rebuild is: written for people to see, about twice a second, which is also when it hears that it is to end."""

import time
from collections.abc import Callable

from knowledge.models import Reindex

_EVERY_SECONDS = 0.5

# Told of each change: the stage's label, how many are done, of how many.
Listener = Callable[[str, int, int], None]


class Aborted(Exception):
    """Somebody has asked for the end of the rebuild."""


class TimeUp(Exception):
    """Others have their turn now; the rebuild goes on later."""


def nobody(stage: str, done: int, total: int) -> None:
    """A listener where nobody looks on."""


class Progress:
    """Of one rebuild, whose embedding lasts `seconds` at most if that is given."""

    def __init__(self, reindex: Reindex, listener: Listener, seconds: float | None = None) -> None:
        self.reindex = reindex
        self._listener = listener
        self._until = None if seconds is None else time.monotonic() + seconds
        self._next = 0.0

    def stage(self, stage: Reindex.Stage, total: int, done: int = 0) -> None:
        """Begin a stage. Raises Aborted."""
        self.reindex.stage, self.reindex.total, self.reindex.done = stage, total, done
        self._write()

    def advance(self, count: int) -> None:
        """Say that so many more are done; 0: that it is getting on. Raises Aborted, and TimeUp after what is stored."""
        self.reindex.done += count
        self.reindex.total = max(self.reindex.total, self.reindex.done)
        if time.monotonic() >= self._next:
            self._write()
        if count and self._until is not None and time.monotonic() > self._until:
            self._write()
            raise TimeUp()

    def endure(self) -> None:
        """From here on the turn lasts as long as it takes."""
        self._until = None

    def _write(self) -> None:
        self._next = time.monotonic() + _EVERY_SECONDS
        row = self.reindex
        mine = Reindex.objects.filter(pk=row.pk)
        mine.update(stage=row.stage, done=row.done, total=row.total)
        self._listener(Reindex.Stage(row.stage).label, row.done, row.total)
        if mine.filter(abort_requested=True).exists():
            raise Aborted()
