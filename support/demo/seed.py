"""The whole demo: inbox, staff, API key, help centre, demo.json."""

from pathlib import Path

from django.db import connection, transaction

from support.demo import articles, credentials, inbox, record

DEFAULT_BASE_URL = "http://127.0.0.1:8000"


@transaction.atomic
def seed(path: Path, base_url: str | None) -> list[str]:
    """Make sure of all of it; returns what was done, a line each.

    The file is written before the commit. Whichever of the two fails, the file and the database then do not fit, and the
    next run makes new secrets.
    """
    with connection.cursor() as cursor:  # one at a time, so that the file is that of the last one
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('support.demo.seed'))")
    known = record.read(path)
    base_url = (base_url or str(known.get("base_url") or DEFAULT_BASE_URL)).rstrip("/")
    demo, lines = inbox.ensure(base_url)
    secrets, done = credentials.ensure(demo, known)
    lines += done + articles.ensure(base_url)
    wanted = {
        "base_url": base_url,
        "inbox_key": demo.key,
        "identity_secret": demo.identity_secret,
        **secrets,
    }
    if wanted != known or not record.is_private(path):
        record.write(path, wanted)
        lines.append(f"{path}: written")
    return lines
