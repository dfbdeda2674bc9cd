"""Periodic clean-up."""

from dataclasses import asdict, dataclass

from celery import shared_task

from config.common import clock, events, redis
from config.common.errors import Unavailable
from sessions_app import cleanup
from sessions_app.lock import Held, HeldByAnother, Lost, hold
from sessions_app.store import SHARDS

INTERVAL_SECONDS = 600


@dataclass
class CleanedUp:
    """How much was removed: index entries, records of revoked sessions, records without a customer, revocations."""

    expired: int = 0
    revoked: int = 0
    ownerless: int = 0
    revocations: int = 0


@shared_task
def clean_up() -> None:
    """Remove what is left of sessions that are over, and log how much. One process at a time does it."""
    done = CleanedUp()
    try:
        with hold("sessions.clean_up") as lock:
            _clean_up(lock, done)
    except HeldByAnother:
        return
    except (*redis.Error, Unavailable, Lost) as error:
        # What was done is done; the next round goes on.
        events.emit(events.Event.LOOP_FAILED, "warning", loop="sessions.clean_up", reason=type(error).__name__)
    events.emit(events.Event.SESSIONS_CLEANED, **asdict(done))


def _clean_up(lock: Held, done: CleanedUp) -> None:
    for shard in SHARDS:
        lock.check()
        done.expired += cleanup.forget_expired(shard)
    done.revoked = cleanup.delete_revoked()
    lock.check()
    # One shard at a time: to decrypt all sessions every time would cost more than it is worth.
    turn = int(clock.timestamp() // INTERVAL_SECONDS)
    done.ownerless = cleanup.delete_ownerless(SHARDS[turn % len(SHARDS)])
    done.revocations = cleanup.forget_revocations()
