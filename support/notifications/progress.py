"""How far a notification has come, noted after each address: a worker that dies leaves only those to be told that are still owed it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models.functions import Now

from support.notifications.limits import MAX_ATTEMPTS, MAX_WORDS, retry_after
from support.notifications.models import Notification

State = Notification.State


@dataclass
class Progress:
    """What has come of one attempt so far.

    told, refused: how many addresses, in this attempt. words: the mail server's to the last one it refused. lost: the lease
    ran out, and somebody else goes on.
    """

    row: Notification
    told: int = 0
    refused: int = 0
    words: str = ""
    lost: bool = False

    def tell(self, address: str) -> None:
        """The address has it. The first one that does makes the notification a sent one."""
        self.told += 1
        self.row.owed = [other for other in self.row.owed if other != address]
        if self.row.state == State.SENT:
            self._write(owed=self.row.owed)
        else:
            self.row.state = State.SENT
            self._write(owed=self.row.owed, state=State.SENT, finished_at=Now())

    def refuse(self, addresses: Iterable[str], words: str) -> None:
        """These will never get it."""
        self.words, said = words, dict.fromkeys(addresses, words[:MAX_WORDS])
        self.refused += len(said)
        self.row.owed = [other for other in self.row.owed if other not in said]
        self.row.refused |= said
        self._write(owed=self.row.owed, refused=self.row.refused)

    def end(self, at: datetime, problem: str) -> bool:
        """Nobody is told in this attempt any more. problem: why some are to be tried again; whether it was the last attempt."""
        row = self.row
        is_over = not (problem or row.owed)
        if not is_over and row.attempts < MAX_ATTEMPTS:
            # Without a problem there was only too little time.
            again = at + retry_after(row.attempts) if problem else at
            self._write(error=problem[:MAX_WORDS], next_at=again)
            return False
        if row.owed:
            self.refuse(list(row.owed), problem)
        if row.state == State.PENDING:
            self._write(state=State.FAILED, error=(problem or self.words)[:MAX_WORDS], finished_at=Now())
        else:
            self._write(error=problem[:MAX_WORDS])
        return True

    def _write(self, **fields: object) -> None:
        mine = Notification.objects.filter(pk=self.row.pk, attempts=self.row.attempts)
        self.lost = self.lost or not mine.update(**fields)
