"""Handing e-mails to the mail server: at least once, tried again with growing pauses, given up after some hours.

It is twice when a worker dies after the server took the e-mail and before that is noted; both have the same Message-ID.
"""

from smtplib import SMTPDataError, SMTPRecipientsRefused, SMTPResponseException, SMTPSenderRefused
from uuid import UUID

from django.core.mail import EmailMultiAlternatives

from config.common import events
from support.notifications import claiming, letters
from support.notifications.claiming import Claim, State
from support.notifications.limits import MAX_ATTEMPTS, retry_after
from support.notifications.models import Notification, NotificationPlan

NOBODY = "There is nobody to tell: no address is given, and no support agent has one."


class SendError(Exception):
    """The mail server did not take it. permanent: trying again cannot help."""

    def __init__(self, reason: str, *, permanent: bool = False) -> None:
        super().__init__(reason)
        self.permanent = permanent


def work(inbox_id: UUID) -> None:
    """Tell of who waits in an inbox, if it is time and nobody else does it."""
    claim = claiming.take(inbox_id)
    if claim is None:
        return
    try:
        hand_over(letters.waiting(claim))
    except SendError as error:
        _failed(claim, error)
        return
    claiming.finish(claim.notification, State.SENT, error="")
    events.emit(events.Event.NOTIFICATION_SENT, inbox=str(inbox_id), people=len(claim.people))


def test(plan: NotificationPlan) -> int:
    """Send a test e-mail to everybody the plan names; returns to how many. SendError when it is not taken."""
    letter = letters.trial(plan)
    hand_over(letter)
    return len(letter.bcc)


def hand_over(letter: EmailMultiAlternatives) -> None:
    """Give an e-mail to the mail server. Raises SendError, whose reason may quote what the server said."""
    if not letter.recipients():
        raise SendError(NOBODY)
    try:
        letter.send()
    except SMTPRecipientsRefused as error:
        codes = [code for code, _ in error.recipients.values()]
        raise SendError("The mail server takes none of the addresses.", permanent=min(codes) >= 500) from error
    except SMTPResponseException as error:
        said = error.smtp_error.decode("utf-8", "replace") if isinstance(error.smtp_error, bytes) else error.smtp_error
        # A refused sign-in or greeting is mended in the settings, and then it goes.
        about_this = isinstance(error, SMTPSenderRefused | SMTPDataError)
        reason = f"The mail server answered {error.smtp_code}: {said}"
        raise SendError(reason, permanent=about_this and error.smtp_code >= 500) from error
    except (OSError, ValueError) as error:
        raise SendError(f"The mail server cannot be used: {error}") from error


def _failed(claim: Claim, error: SendError) -> None:
    row = claim.notification
    ids = {"inbox": str(row.inbox_id), "attempt": row.attempts}
    if error.permanent or row.attempts >= MAX_ATTEMPTS:
        claiming.finish(row, State.FAILED, error=str(error))
        events.emit(events.Event.NOTIFICATION_GIVEN_UP, "error", **ids)
        return
    again = claim.at + retry_after(row.attempts)
    mine = Notification.objects.filter(pk=row.pk, state=State.PENDING, attempts=row.attempts)
    mine.update(error=str(error)[:500], next_at=again)
    reason = type(error.__cause__ or error).__name__
    events.emit(events.Event.NOTIFICATION_FAILED, "warning", reason=reason, **ids)
