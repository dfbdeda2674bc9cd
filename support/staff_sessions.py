"""How long staff stay signed in: so long after their last request, and so long after the sign-in at the latest.

The first is the session's own expiry, STAFF_IDLE_SECONDS, which is pushed back now and then. The second is kept in the session, and so
is where it was used last: `support.signed_in` shows it to its owner.
"""

from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY, logout
from django.http import HttpRequest

from config.common import address, clock

BEGUN, SEEN = "signed_in_at", "seen_at"
ADDRESS, BROWSER = "address", "browser"
# So seldom is a session written that nobody changes.
TOUCH_SECONDS = 60
MAX_BROWSER = 300


def begin(session: Any) -> None:
    """Count from now on."""
    session[BEGUN] = session[SEEN] = int(clock.timestamp())


def is_over(session: Any) -> bool:
    """Whether the session has lasted long enough."""
    begun = session.get(BEGUN)
    return begun is not None and clock.timestamp() - begun >= settings.STAFF_SESSION_SECONDS


def tend(request: HttpRequest) -> None:
    """End the request's session if it is time, or keep it from ending while it is used. Blocks."""
    session = request.session
    if SESSION_KEY not in session:
        return
    if BEGUN not in session:  # from before there was a limit
        begin(session)
    if is_over(session):
        logout(request)
    elif ADDRESS not in session or clock.timestamp() - session.get(SEEN, 0) >= TOUCH_SECONDS:
        session[SEEN] = int(clock.timestamp())
        session[ADDRESS] = address.of_request(request)[:64]
        session[BROWSER] = request.headers.get("User-Agent", "")[:MAX_BROWSER]
