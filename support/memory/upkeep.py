"""After a reply: when a conversation has become long, its older messages become notes. No customer waits for it."""

from agents import notes
from agents.turn import TurnContext
from config.common import db
from support.budget import Allowance
from support.memory import actions, records
from support.models import Run


def may_be_due(turn: TurnContext, reply: str) -> bool:
    """Whether notes may be due after a turn, by what it read and said itself; else `after` costs no query."""
    return not records.fits([*(one.text for one in turn.history), *turn.question.split("\n"), reply])


async def after(run: Run) -> None:
    """Write the notes that are due in the conversation of a run that is over."""
    due = await db.run(records.due, run.conversation_id)
    if due is None:
        return
    allowance = Allowance()
    limit = await db.run(allowance.ask, run.conversation.inbox_id, run.conversation_id)
    made = notes.extracted(due.summary, due.said) if limit else await notes.written(due.summary, due.said)
    await db.run(allowance.settle, made.usage)
    await db.run(actions.keep, run.conversation_id, run.epoch, due, made)
