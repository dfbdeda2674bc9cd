"""Telling people by e-mail that the second factors of their account have changed, whoever changed them.

What cannot be sent is shown to administrators (`support.admin.undelivered`), who can tell the owner themselves.

What is owed is a row of the change's own transaction, and sent after its commit: neither a mail server nor a broker that is away
keeps anybody from a change, or makes the e-mail get lost. Handed over at least once, as `support.notifications.sending` does.
"""

from datetime import timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Now
from django.template.loader import render_to_string
from django.urls import reverse

from config.common import events
from config.common.audit.actions import Action
from config.common.audit.trail import record
from support.notifications.limits import KEPT_DAYS, MAX_ATTEMPTS, MAX_WORDS, retry_after
from support.notifications.sending import SendError, hand_over
from support.second_factor.models import FactorNotice

What = FactorNotice.What


def owe(user: User, what: What) -> None:
    """Note that they are to be told, in the transaction of the change. Whoever has no address is not told."""
    if not user.email:
        return
    row = FactorNotice.objects.create(user=user, what=what)
    transaction.on_commit(lambda: _ask_for(row.pk))


def _ask_for(pk: int) -> None:
    from support.second_factor.tasks import tell

    try:
        tell.delay(pk)
    except Exception as error:  # noqa: BLE001 - the broker is away; the row is swept
        events.emit(events.Event.NOTIFICATION_FAILED, "warning", reason=type(error).__name__)


def due() -> "QuerySet[FactorNotice]":
    """What is to be sent now, for the first time or again."""
    return FactorNotice.objects.filter(next_at__lte=Now(), given_up_at=None)


def undelivered() -> "QuerySet[FactorNotice]":
    """What could not be sent so far, or never will be, the newest first."""
    return FactorNotice.objects.exclude(error="").select_related("user").order_by("-at")


def deliver(pk: int) -> None:
    """Send one, unless it is not due or somebody else does it."""
    # Longer than an attempt may take: a server may be slow in each of its answers.
    lease = timedelta(seconds=60 + 12 * settings.EMAIL_TIMEOUT)
    # Counted before it is made, so that what kills its worker is not tried for ever.
    if not due().filter(pk=pk).update(attempts=F("attempts") + 1, next_at=Now() + lease):
        return
    row = FactorNotice.objects.select_related("user").filter(pk=pk).first()
    if row is None:  # the account was deleted meanwhile
        return
    if row.attempts > MAX_ATTEMPTS:
        _give_up(row, "The worker died in every attempt.")
        return
    try:
        hand_over(letter(row))
    except SendError as error:
        _failed(row, error)
        return
    row.delete()
    events.emit(events.Event.NOTIFICATION_SENT, user=row.user_id)


def letter(row: FactorNotice) -> EmailMultiAlternatives:
    """Says what has changed and when, and what to do about it. Nothing in it opens anything."""
    context = {
        "what": What(row.what).label,
        "user": row.user,
        "at": row.at,
        "console": settings.PUBLIC_URL + reverse("admin:index"),
        "password": settings.PUBLIC_URL + reverse("admin:password_change"),
    }
    text = render_to_string("second_factor/changed.txt", context)
    found = EmailMultiAlternatives("The second factor of your account has changed", text, to=[row.user.email])
    # RFC 3834: nobody's absence note is to answer.
    found.extra_headers = {"Auto-Submitted": "auto-generated"}
    return found


def _failed(row: FactorNotice, error: SendError) -> None:
    if error.permanent or row.attempts >= MAX_ATTEMPTS:
        _give_up(row, str(error))
        return
    _write(row, error=str(error)[:MAX_WORDS], next_at=Now() + retry_after(row.attempts))
    reason = type(error.__cause__ or error).__name__
    events.emit(events.Event.NOTIFICATION_FAILED, "warning", reason=reason, user=row.user_id, attempt=row.attempts)


def _give_up(row: FactorNotice, words: str) -> None:
    _write(row, error=words[:MAX_WORDS], given_up_at=Now())
    events.emit(events.Event.NOTIFICATION_GIVEN_UP, "error", user=row.user_id, attempt=row.attempts)


def _write(row: FactorNotice, **fields: object) -> None:
    FactorNotice.objects.filter(pk=row.pk, attempts=row.attempts).update(**fields)


def send_again(pk: int) -> bool:
    """Begin anew with one that was given up, as when the address was mended; whether there is one."""
    again = FactorNotice.objects.filter(pk=pk, given_up_at__isnull=False)
    return bool(again.update(attempts=0, error="", given_up_at=None, next_at=Now()))


@transaction.atomic
def settle(pk: int) -> bool:
    """Forget one that was given up: its owner was told in another way. Whether there is one."""
    row = FactorNotice.objects.select_for_update().filter(pk=pk, given_up_at__isnull=False).first()
    if row is None:
        return False
    record(Action.FACTOR_NOTICE_SETTLED, "user", row.user_id, what=row.what)
    row.delete()
    return True


def clean_up() -> None:
    """Forget what was given up more than KEPT_DAYS ago."""
    FactorNotice.objects.filter(given_up_at__lt=Now() - timedelta(days=KEPT_DAYS)).delete()
