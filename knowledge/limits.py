"""What an article's short fields may be: the bounds that the API and the importers share with the columns."""

from urllib.parse import urlsplit

MAX_TITLE = 300
MAX_URL = 2000
MAX_EXTERNAL_ID = 255
MAX_TAGS = 20
MAX_TAG = 64


def url_problem(url: str) -> str | None:
    """Why `url` cannot be a link to an article, or None; empty is fine."""
    if not url:
        return None
    if len(url) > MAX_URL:
        return f"has {len(url):,} characters; the limit is {MAX_URL:,}"
    try:
        parts = urlsplit(url)
        named = bool(parts.hostname)
    except ValueError:
        named = False
    # urlsplit quietly drops line breaks and tabs, so they are looked for in the text itself
    if not named or parts.scheme not in {"http", "https"} or not url.isprintable() or " " in url:
        return "must be an http or https address"
    return None


def external_id_problem(external_id: str) -> str | None:
    """Why an id cannot be used in `by-external-id/{external_id}`, or None."""
    if not external_id or external_id != external_id.strip():
        return "must not be empty, nor begin or end with white space"
    if len(external_id) > MAX_EXTERNAL_ID:
        return f"has {len(external_id):,} characters; the limit is {MAX_EXTERNAL_ID}"
    if not external_id.isprintable():
        return "must not contain control characters"
    if external_id.endswith("/"):
        return "must not end with a slash"  # the API takes one off
    return None
