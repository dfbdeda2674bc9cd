"""`manage.py rotate_keys`: what is stored comes under the newest of SESSION_ENCRYPTION_KEYS."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from config.common import events, redis
from config.common.errors import Unavailable
from config.common.rotation import Outcome, encrypted_fields, renew_field
from sessions_app import rotation
from sessions_app.lock import Held, HeldByAnother, Lost, hold
from support.management.progress import Report, stream
from support.second_factor import rotation as second_factor


class Command(BaseCommand):
    """Safe while serving, and to be repeated: each piece is replaced only if nobody else has written it meanwhile."""

    help = (
        "Re-encrypt live sessions and stored secrets under the first of SESSION_ENCRYPTION_KEYS, and say when the "
        "others can be removed. Exit code 1: they are still needed."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Renew everything, then look once more whether anything still comes under an old key."""
        report = Report(stream(self.stdout), stream(self.stderr))
        try:
            with hold("rotate_keys") as lock:
                first = self.renew(lock, report)
                again = Counter({"renewed": 0})
                if first["renewed"]:
                    again = self.renew(lock, report)
        except HeldByAnother as error:
            raise CommandError("rotate_keys is running already.") from error
        except Lost as error:
            raise CommandError("Redis lost the lock of this command. Run it again to go on.") from error
        except (*redis.Error, Unavailable) as error:
            raise CommandError(f"Redis is away ({type(error).__name__}). Run it again to go on.") from error
        events.emit(events.Event.KEYS_ROTATED, renewed=first["renewed"], unreadable=first["unreadable"])
        self.conclude(first + again, still_written=bool(again["renewed"]), report=report)

    def renew(self, lock: Held, report: Report) -> Counter[Outcome]:
        """One pass over sessions and secrets."""
        done = self.step("Sessions", rotation.count(), rotation.renew_sessions(), lock, report)
        for model, name in encrypted_fields():
            label = f"{model._meta.verbose_name_plural}, {name}".capitalize()
            done += self.step(label, model._base_manager.count(), renew_field(model, name), lock, report)
        done += self.step("Second factors", second_factor.count(), second_factor.renew(), lock, report)
        return done

    def step(
        self, label: str, total: int, batches: Iterator[Counter[Outcome]], lock: Held, report: Report
    ) -> Counter[Outcome]:
        """Renew one kind of thing, with a line of what became of it."""
        done: Counter[Outcome] = Counter()
        with report.stage(label, total) as advance:
            for batch in batches:
                lock.check()
                done.update(batch)
                advance(batch.total())
        report.say(
            f"  {done['renewed']:,} re-encrypted, {done['current'] + done['changed']:,} under the newest key already, "
            f"{done['unreadable']:,} unreadable"
        )
        return done

    def conclude(self, done: Counter[Outcome], *, still_written: bool, report: Report) -> None:
        """Say whether the old keys are still needed; exit code 1 if they may be."""
        if done["unreadable"]:
            report.complain(
                "None of the keys fits what is unreadable: put back the key it was written with, or let it go."
            )
        if still_written:
            raise CommandError(
                "Some process still encrypts under an old key: restart all of them with the new key first, then run "
                "this again. Remove no key yet."
            )
        old = max(len(settings.SESSION_ENCRYPTION_KEYS) - 1, 0)
        if not old:
            report.say("Everything is under the one key there is.")
            return
        report.say(
            "Everything is under the newest key. Once every process runs with it as the first key, the other "
            f"{old} in SESSION_ENCRYPTION_KEYS can be removed."
        )
