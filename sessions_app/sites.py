"""Which origins may talk to us: our own, the configured ones, and the union of all inboxes' sites.

The set is a snapshot of at most REFRESH_SECONDS, because CORS and socket handshakes ask for it on the event loop.
"""

import asyncio
import re
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest

from config.common import db, events
from sessions_app.models import Inbox

REFRESH_SECONDS = 2.0

_HOST = re.compile(r"[a-z0-9._-]+|[0-9a-f:.]+")

_sites: frozenset[str] = frozenset()


def normalise(origin: str) -> str | None:
    """`scheme://host[:port]` in lower case, default ports dropped; None for what is not exactly an origin.

    What comes out may stand in a Content-Security-Policy: there are no wildcards and no separators in it.
    """
    try:
        parts = urlsplit(origin.strip())
        port = parts.port
    except ValueError:
        return None
    name = parts.hostname or ""
    if parts.scheme not in {"http", "https"} or parts.username is not None or not _HOST.fullmatch(name):
        return None
    if parts.path not in {"", "/"} or parts.query or parts.fragment:
        return None
    host = f"[{name}]" if ":" in name else name
    if port in {None, 80 if parts.scheme == "http" else 443}:
        return f"{parts.scheme}://{host}"
    return f"{parts.scheme}://{host}:{port}"


def load() -> None:
    """Read the sites anew; blocks."""
    global _sites
    listed = Inbox.objects.filter(is_active=True).values_list("allowed_sites", flat=True)
    origins = [site for sites in listed for site in sites] + list(settings.CORS_ALLOWED_ORIGINS)
    _sites = frozenset(site for site in map(normalise, origins) if site)


async def keep_fresh() -> None:
    """Load the sites now and then, for ever."""
    while True:
        try:
            await db.run(load)
        except Exception as error:  # noqa: BLE001 - PostgreSQL is away: the last snapshot serves on
            events.emit(events.Event.LOOP_FAILED, "warning", loop="sites", reason=type(error).__name__)
        await asyncio.sleep(REFRESH_SECONDS)


def is_site(origin: str) -> bool:
    """Whether `origin` is an inbox's or a configured site, by the present snapshot."""
    return normalise(origin) in _sites


def admit(request: HttpRequest, **_: Any) -> bool:
    """django-cors-headers' hook: which origins, besides `CORS_ALLOWED_ORIGINS`, may call the API.

    What the hook says beats `CORS_URLS_REGEX`, so that pages have to be kept out here.
    """
    is_shared = re.match(settings.CORS_URLS_REGEX, request.path_info) is not None
    return is_shared and is_site(request.headers.get("Origin", ""))


def is_ours(origin: str, host: str, secure: bool) -> bool:
    """Whether `origin` is the very server that was asked (`host` is the Host header)."""
    ours = normalise(f"{'https' if secure else 'http'}://{host}")
    return ours is not None and normalise(origin) == ours
