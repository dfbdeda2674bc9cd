"""The demo's inbox."""

from urllib.parse import urlsplit

from sessions_app.models import Inbox
from sessions_app.sites import normalise

KEY = "demo"
SUGGESTIONS = [
    "How do I add the chat to my website?",
    "Which language models can I use?",
    "What happens outside opening hours?",
    "How do I import my help articles?",
]
_TWINS = {"localhost": "127.0.0.1", "127.0.0.1": "localhost"}


def ensure(base_url: str) -> tuple[Inbox, list[str]]:
    """The inbox, and what was done. Once it is there, only missing sites are added: the rest is its owner's."""
    inbox, created = Inbox.objects.get_or_create(
        key=KEY,
        defaults={
            "name": "Replywell",
            "welcome_text": "Hello! Ask me anything about Replywell. My answers name their sources, and a person can take over.",
            "suggestions": SUGGESTIONS,
            "allowed_sites": sites(base_url),
        },
    )
    if created:
        return inbox, [f"Inbox {KEY}: created"]
    missing = [site for site in sites(base_url) if site not in inbox.allowed_sites]
    if not missing:
        return inbox, []
    inbox.allowed_sites = [*inbox.allowed_sites, *missing]
    inbox.save(update_fields=["allowed_sites"])
    return inbox, [f"Inbox {KEY}: now also for {', '.join(missing)}"]


def sites(base_url: str) -> list[str]:
    """The origin of `base_url`, and this machine's other name for itself."""
    origin = normalise(base_url)
    if origin is None:
        raise ValueError(f"{base_url!r} is not an origin such as http://127.0.0.1:8000")
    host = urlsplit(origin).hostname or ""
    return [origin, origin.replace(host, _TWINS[host], 1)] if host in _TWINS else [origin]
