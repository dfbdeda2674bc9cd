"""From rows to a TurnContext: all that the agent gets to know of a conversation."""

from agents.turn import TurnContext, Utterance
from support import rows
from support.escalation import judging, policies
from support.memory import records
from support.models import Message, Run

# Messages of the history that are read; the prompt takes as many as fit.
HISTORY = 30


def load(run: Run) -> TurnContext:
    """What the run has to answer: the customer's messages that nobody has answered, and what was said before.

    What the memory's summary covers is not read again.
    """
    conversation = run.conversation  # as it was locked when the run was started
    setting = rows.setting(conversation)
    memory, summarised = records.load(conversation.id, setting.who)
    asked: list[str] = []
    history: list[Utterance] = []
    for seq, role, text in reversed(rows.spoken(conversation.id, run.in_reply_to, HISTORY)):
        if role == Message.Role.CUSTOMER and seq > conversation.answered_seq:
            asked.append(text)
        elif seq > summarised:
            history.append(Utterance(role, text))  # type: ignore[arg-type]
    policy = policies.of_version(conversation.inbox_id, setting.policy_version)
    who = setting.who
    known = judging.attributes(
        setting.metadata, identified=who.sub is not None, email=who.email, locale=conversation.locale
    )
    return TurnContext(
        run=run.id,
        question="\n".join(asked),
        history=tuple(history),
        audience=setting.audience,
        inbox_name=setting.inbox_name,
        who=who,
        extractive=run.extractive,
        missed=conversation.missed_at is not None,
        policy=policy,
        circumstances=judging.circumstances(policy, conversation.id, known, is_open=setting.is_open),
        locale=setting.locale,
        fixed_language=setting.fixed_language,
        memory=memory,
    )
