"""Where a member of staff is signed in, and ending it. All live sessions are read for it: there are as many as staff have browsers."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac

from config.common import clock
from config.common.audit.actions import Action
from config.common.audit.trail import record
from support import staff_sessions

# The first that a browser's own words contain is what it is: most of them claim to be others as well.
_BROWSERS = (("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
_SYSTEMS = (
    *(("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows")),
    *(("Mac OS X", "macOS"), ("CrOS", "ChromeOS"), ("Linux", "Linux")),
)


@dataclass(frozen=True)
class SignedIn:
    """One session. name: stands for its key, which is never shown. seen: to the minute. browser: as it calls itself."""

    key: str
    name: str
    begun: datetime
    seen: datetime
    address: str
    browser: str

    @property
    def is_now(self) -> bool:
        """Whether it is used just now; more is not known, so seldom is it noted."""
        return clock.timestamp() - self.seen.timestamp() < 2 * staff_sessions.TOUCH_SECONDS

    @property
    def label(self) -> str:
        """The browser and the system, for people: `Firefox on Windows`."""
        browser = next((name for mark, name in _BROWSERS if mark in self.browser), "")
        system = next((name for mark, name in _SYSTEMS if mark in self.browser), "")
        return " on ".join(part for part in (browser or "A browser", system) if part)


def of(user: Any) -> list[SignedIn]:
    """The user's sessions, the one used last first. Those that a changed password has ended are none any more."""
    return sorted(_of(user), key=lambda one: one.seen, reverse=True)


def _of(user: Any) -> Iterator[SignedIn]:
    hashes = {user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()}
    for row in Session.objects.filter(expire_date__gt=timezone.now()):
        kept = row.get_decoded()
        mine = kept.get(SESSION_KEY) == str(user.pk) and kept.get(HASH_SESSION_KEY) in hashes
        if mine and not staff_sessions.is_over(kept):
            begun = kept.get(staff_sessions.BEGUN, 0)
            yield SignedIn(
                key=row.session_key,
                name=salted_hmac("support.signed_in", row.session_key, algorithm="sha256").hexdigest()[:32],
                begun=datetime.fromtimestamp(begun, UTC),
                seen=datetime.fromtimestamp(kept.get(staff_sessions.SEEN, begun), UTC),
                address=kept.get(staff_sessions.ADDRESS, ""),
                browser=kept.get(staff_sessions.BROWSER, ""),
            )


@transaction.atomic
def end(user: Any, sessions: Iterable[SignedIn]) -> int:
    """End sessions of the user, and with them, within seconds, their live connections; returns how many."""
    ended, _ = Session.objects.filter(pk__in=[one.key for one in sessions]).delete()
    if ended:
        record(Action.SESSIONS_ENDED, "user", user.pk, sessions=ended)
    return ended
