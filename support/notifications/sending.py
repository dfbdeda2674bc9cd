"""Handing e-mails to the mail server: at least once, tried again with growing pauses, given up after some hours.

It is twice when a worker dies after the server took the e-mail and before that is noted; both have the same Message-ID.
Each address is given an e-mail of its own over one connection: what the server says to one is about nobody else.
"""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from smtplib import SMTPDataError, SMTPRecipientsRefused, SMTPResponseException, SMTPSenderRefused
from uuid import UUID

from django.core.mail import EmailMultiAlternatives, get_connection

from config.common import events
from support.notifications import claiming, letters, limits, recipients
from support.notifications.claiming import Claim
from support.notifications.models import NotificationPlan
from support.notifications.progress import Progress

NOBODY = "There is nobody to tell: no address is given, and no support agent has one."


class SendError(Exception):
    """The mail server did not take it. permanent: trying again cannot help."""

    def __init__(self, reason: str, *, permanent: bool = False) -> None:
        super().__init__(reason)
        self.permanent = permanent


class AddressError(SendError):
    """It did not take it for this address, which says nothing of others."""


def work(inbox_id: UUID) -> None:
    """Tell of who waits in an inbox, if it is time and nobody else does it."""
    claim = claiming.take(inbox_id)
    if claim is None:
        return
    progress = Progress(claim.notification)
    problem = _tell(claim, progress)
    is_over = progress.end(claim.at, str(problem or ""))
    if progress.lost:
        return
    ids = {"inbox": str(inbox_id), "attempt": claim.notification.attempts}
    if progress.told:
        events.emit(events.Event.NOTIFICATION_SENT, inbox=str(inbox_id), people=len(claim.people))
    if progress.refused or (problem and is_over):
        events.emit(events.Event.NOTIFICATION_GIVEN_UP, "error", **ids)
    elif problem:
        reason = type(problem.__cause__ or problem).__name__
        events.emit(events.Event.NOTIFICATION_FAILED, "warning", reason=reason, **ids)


def _tell(claim: Claim, progress: Progress) -> SendError | None:
    """Make an attempt with each address; why some are to be tried again, if they are."""
    problem: SendError | None = None
    try:
        if not claim.addresses:
            raise SendError(NOBODY)
        for address, error in one_by_one(letters.waiting(claim), claim.addresses):
            if error is None:
                progress.tell(address)
            elif error.permanent:
                progress.refuse([address], str(error))
            else:
                problem = error
            if progress.lost:
                break
    except SendError as error:
        if not error.permanent:
            return error
        progress.refuse(list(claim.notification.owed), str(error))
    return problem


def test(plan: NotificationPlan) -> tuple[int, dict[str, str]]:
    """Send a test e-mail to everybody the plan names: how many addresses it was taken for, and what was said to the others.

    SendError when it is taken for none.
    """
    addresses = recipients.of(plan)
    if not addresses:
        raise SendError(NOBODY)
    said = dict(one_by_one(letters.trial(plan), addresses))
    problems = {address: error for address, error in said.items() if error}
    if len(problems) == len(said):
        raise next(iter(problems.values()))
    return len(said) - len(problems), {address: str(error) for address, error in problems.items()}


def one_by_one(letter: EmailMultiAlternatives, addresses: Iterable[str]) -> Iterator[tuple[str, AddressError | None]]:
    """Give an e-mail to each address by itself, and say what came of it; None: the server took it.

    Ends early when it takes longer than SENDING_SECONDS. SendError when the server is of no use for those that are left.
    """
    until = time.monotonic() + limits.SENDING_SECONDS
    with _errors():
        letter.connection = get_connection()
        letter.connection.open()
    try:
        for address in addresses:
            letter.bcc, error = [address], None
            try:
                hand_over(letter)
            except AddressError as said:
                error = said
            yield address, error
            if time.monotonic() >= until:
                return
    finally:
        with suppress(OSError):
            letter.connection.close()


def hand_over(letter: EmailMultiAlternatives) -> None:
    """Give an e-mail to the mail server, for one address. Raises SendError, whose reason may quote what the server said."""
    with _errors():
        letter.send()


@contextmanager
def _errors() -> Iterator[None]:
    """What the mail server says, or that it is away, as a SendError."""
    try:
        yield
    except SMTPRecipientsRefused as error:
        [(code, said)] = error.recipients.values()
        raise AddressError(_words(code, said), permanent=code >= 500) from error
    except SMTPDataError as error:
        raise AddressError(_words(error.smtp_code, error.smtp_error), permanent=error.smtp_code >= 500) from error
    except SMTPResponseException as error:
        # A refused sign-in or greeting is mended in the settings, and then it goes.
        permanent = isinstance(error, SMTPSenderRefused) and error.smtp_code >= 500
        raise SendError(_words(error.smtp_code, error.smtp_error), permanent=permanent) from error
    except OSError as error:
        raise SendError(f"The mail server cannot be used: {error}") from error
    except ValueError as error:
        raise AddressError(f"The address cannot be used: {error}", permanent=True) from error


def _words(code: int, said: bytes | str) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return f"The mail server answered {code}: {text}"
