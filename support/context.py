"""From rows to a TurnContext: all that the agent gets to know of a conversation."""

from agents.turn import TurnContext, Utterance
from support.models import Message, Run

# Messages of the history that are read; the prompt takes as many as fit.
HISTORY = 30
_SPEAKERS = (Message.Role.CUSTOMER, Message.Role.ASSISTANT, Message.Role.HUMAN)


def load(run: Run) -> TurnContext:
    """What the run has to answer: the customer's messages that nobody has answered, and what was said before."""
    conversation = run.conversation  # as it was locked when the run was started
    rows = conversation.messages.filter(seq__lte=run.in_reply_to, role__in=_SPEAKERS).order_by("-seq")[:HISTORY]
    asked: list[str] = []
    history: list[Utterance] = []
    for row in reversed(rows):
        if row.role == Message.Role.CUSTOMER and row.seq > conversation.answered_seq:
            asked.append(row.text)
        else:
            history.append(Utterance(row.role, row.text))  # type: ignore[arg-type]
    return TurnContext(
        run=run.id,
        question="\n".join(asked),
        history=tuple(history),
        audience=conversation.inbox.audience(identified=conversation.customer.identified),
        inbox_name=conversation.inbox.name,
        extractive=run.extractive,
    )
