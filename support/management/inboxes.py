"""Inboxes as arguments of commands."""

from django.core.management.base import CommandError

from sessions_app.models import Inbox


def inbox_of(key: str) -> Inbox:
    """The inbox of that key, or an error that lists the keys there are."""
    inbox = Inbox.objects.filter(key=key).first() if key.isprintable() else None
    if inbox is None:
        keys = ", ".join(Inbox.objects.values_list("key", flat=True)) or "none yet"
        raise CommandError(f"There is no inbox {key!r}. Inboxes: {keys}.")
    return inbox
