"""The e-mail itself, in plain text and HTML."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse

from sessions_app.models import Inbox
from support.models import Conversation, Message
from support.notifications.claiming import Claim
from support.notifications.limits import MAX_LISTED, MAX_QUOTED
from support.notifications.models import NotificationPlan


@dataclass(frozen=True)
class Person:
    """Who waits, as the e-mail shows it. quote: empty unless the inbox quotes."""

    label: str
    waited: str
    url: str
    quote: str


def waiting(claim: Claim) -> EmailMultiAlternatives:
    """Says who waits."""
    inbox = claim.plan.inbox
    people = [_person(row, claim) for row in claim.people[:MAX_LISTED]]
    count = len(claim.people)
    words = "1 person waits" if count == 1 else f"{count} people wait"
    longest = people[0].waited
    context = {"people": people, "more": count - len(people), "words": words, "longest": longest}
    subject = f"{words} in {_one_line(inbox.name)}: {longest}" if count == 1 else None
    subject = subject or f"{words} in {_one_line(inbox.name)}, the longest {longest}"
    letter = _letter(subject, "waiting", inbox, context)
    # The same in every attempt and to everybody: a reader that gets it twice can tell.
    letter.extra_headers["Message-ID"] = f"<notification.{claim.notification.pk.hex}@{_host()}>"
    return letter


def trial(plan: NotificationPlan) -> EmailMultiAlternatives:
    """Says that e-mail works."""
    return _letter(f"A test from {_one_line(plan.inbox.name)}", "test", plan.inbox, {})


def duration(seconds: float) -> str:
    """`40 seconds`, `1 minute`, `3 hours`: rounded down."""
    for size, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size:
            return _counted(int(seconds // size), unit)
    return _counted(max(int(seconds), 0), "second")


def _counted(number: int, unit: str) -> str:
    return f"{number} {unit}{'' if number == 1 else 's'}"


def _letter(subject: str, template: str, inbox: Inbox, context: dict[str, Any]) -> EmailMultiAlternatives:
    context = context | {
        "inbox": inbox,
        "subject": subject,
        "queue_url": _absolute("admin:support_conversation_changelist"),
        "settings_url": _absolute("admin:support_notificationplan_change", inbox.pk),
    }
    letter = EmailMultiAlternatives(subject, render_to_string(f"notifications/{template}.txt", context))
    letter.attach_alternative(render_to_string(f"notifications/{template}.html", context), "text/html")
    # RFC 3834: nobody's absence note is to answer. Who else is told is nobody's business.
    letter.extra_headers = {"Auto-Submitted": "auto-generated", "To": "undisclosed-recipients:;"}
    return letter


def _person(row: Conversation, claim: Claim) -> Person:
    assert row.queued_at is not None
    url = _absolute("admin:support_conversation_change", row.pk)
    quote = _quote(row) if claim.plan.quotes else ""
    return Person(f"Conversation {str(row.pk)[:8]}", duration((claim.at - row.queued_at).total_seconds()), url, quote)


def _quote(row: Conversation) -> str:
    last = Message.objects.filter(conversation=row, role=Message.Role.CUSTOMER).order_by("-seq").first()
    text = _one_line(last.text) if last else ""
    return text if len(text) <= MAX_QUOTED else text[: MAX_QUOTED - 1] + "…"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _absolute(view: str, *arguments: object) -> str:
    return settings.PUBLIC_URL + reverse(view, args=arguments)


def _host() -> str:
    return urlsplit(settings.PUBLIC_URL).hostname or "localhost"
