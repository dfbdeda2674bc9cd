"""The Celery task of the queue `webhooks`, whose worker waits for others' servers. It takes an id: the code is made here."""

from uuid import UUID

from celery import shared_task

from config.common import events
from support.notifications.sending import SendError
from support.perform import perform_sync
from support.verification import sending
from support.verification.limits import RETRY_SECONDS


@shared_task
def send_code(action_id: str, number: int, attempt: int = 0) -> None:
    """Send the code that an action waits for, or, in the end, say that it cannot be sent.

    Tried again by hand: what Celery logs of a retry would be the mail server's words, with the address in them.
    """
    try:
        sending.deliver(UUID(action_id), number)
    except SendError as error:
        reason = type(error.__cause__ or error).__name__
        events.emit(events.Event.CODE_FAILED, "warning", action=action_id, attempt=attempt, reason=reason)
        if error.permanent or attempt >= len(RETRY_SECONDS):
            perform_sync(sending.tell_failure, UUID(action_id), number)
        else:
            send_code.apply_async((action_id, number, attempt + 1), countdown=RETRY_SECONDS[attempt])
