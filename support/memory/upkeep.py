"""After a reply: when a conversation has become long, its older messages become notes. No customer waits for it."""

from agents import notes
from config.common import db
from support.budget import Allowance
from support.memory import actions, records
from support.models import Run

# So few messages are never due, and cost no query.
TOO_FEW = 3


async def after(run: Run) -> None:
    """Write the notes that are due in the conversation of a run that is over."""
    if run.in_reply_to <= TOO_FEW:
        return
    due = await db.run(records.due, run.conversation_id)
    if due is None:
        return
    allowance = Allowance()
    limit = await allowance.ask(run.conversation.inbox_id, run.conversation_id)
    made = notes.extracted(due.summary, due.said) if limit else await notes.written(due.summary, due.said)
    await allowance.settle(made.usage)
    await db.run(actions.keep, run.conversation_id, run.epoch, due, made)
