"""Somebody leaves a message because nobody was there when they asked for a person."""

from agents import language, slots, texts
from agents.turn import Reply, TurnContext, Usage

_ADDRESSES = {"email", "phone"}


def reply(context: TurnContext) -> Reply | None:
    """What is said to somebody who tells where people may reach them, and asks nothing; None for any other message."""
    if not context.missed or "?" in context.question or not _ADDRESSES & slots.noticed(context.question).keys():
        return None
    return Reply(
        texts.say("will_get_back", language.of(context)), (), "extractive", Usage(limit_reached=context.limit_reached)
    )
