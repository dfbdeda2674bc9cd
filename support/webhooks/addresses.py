"""Where a webhook may be: what can be told without asking a resolver. Every delivery is checked again, with one."""

from ipaddress import ip_address

from django.conf import settings

from config.common.fetch import Refused, checked
from config.common.networks import reachable
from support.webhooks.limits import MAX_URL


def url_problem(text: str) -> str | None:
    """What is wrong with the address; None when nothing is. Plain http is for development and for allowed networks."""
    if len(text) > MAX_URL:
        return f"has {len(text):,} characters; the limit is {MAX_URL:,}"
    try:
        url = checked(text)
    except Refused as error:
        return f"cannot be used: {error}"
    inner_only = url.scheme == "http" and not settings.DEVELOPMENT
    if inner_only and not settings.FETCH_ALLOWED_NETWORKS:
        return "must begin with https://"
    try:
        literal = str(ip_address(url.host))
    except ValueError:
        return None
    if reachable(literal, settings.FETCH_ALLOWED_NETWORKS, inner_only=inner_only):
        return None
    return "must begin with https://" if reachable(literal) else f"leads to {literal}, which is not a public address"
