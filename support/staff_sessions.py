"""How long staff stay signed in: so long after their last request, and so long after the sign-in at the latest.

The first is the session's own expiry, STAFF_IDLE_SECONDS, which is pushed back now and then. The second is kept in the session, and so
is where it was used last: `support.signed_in` shows it to its owner. A session also lasts only for as long as what it began with is
enough (`second_factor.rule`).
"""

from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY, logout
from django.http import HttpRequest

from config.common import address, clock
from support.second_factor import rule

BEGUN, SEEN = "signed_in_at", "seen_at"
ADDRESS, BROWSER = "address", "browser"
# So long after the sign-in somebody may change how they sign in.
FRESH_SECONDS = 15 * 60
# So seldom is a session written that nobody changes.
TOUCH_SECONDS = 60
MAX_BROWSER = 300


def begin(session: Any) -> None:
    """Count from now on."""
    session[BEGUN] = session[SEEN] = int(clock.timestamp())


def is_over(session: Any) -> bool:
    """Whether the session has lasted long enough, or began with less than is asked for now."""
    begun = session.get(BEGUN)
    if begun is not None and clock.timestamp() - begun >= settings.STAFF_SESSION_SECONDS:
        return True
    return not rule.is_enough(session)


def is_fresh(session: Any) -> bool:
    """Whether its owner has signed in just now."""
    begun = session.get(BEGUN)
    return begun is not None and clock.timestamp() - begun < FRESH_SECONDS


def tend(request: HttpRequest) -> None:
    """End the request's session if it is time, or keep it from ending while it is used. Blocks."""
    session = request.session
    if SESSION_KEY not in session:
        return
    if is_over(session):
        logout(request)
        return
    if BEGUN not in session:  # from before there was a limit
        begin(session)
    if ADDRESS not in session or clock.timestamp() - session.get(SEEN, 0) >= TOUCH_SECONDS:
        session[SEEN] = int(clock.timestamp())
        session[ADDRESS] = address.of_request(request)[:64]
        session[BROWSER] = request.headers.get("User-Agent", "")[:MAX_BROWSER]
