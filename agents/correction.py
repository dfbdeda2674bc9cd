"""What becomes of an answer that states what its sources do not: said again once, then cut, then not given at all."""

from collections.abc import Awaitable, Callable

from agents import grounding
from agents.chunks import ModelError
from agents.grounding import Sources
from config.common import events

COMPLAINT = """These sentences of your answer state numbers, dates, addresses or code that the passages and results they \
rest on do not contain:

{claims}

Write the whole answer again. Correct them from the passages and cite, or leave them out. Say nothing about this \
correction."""


async def corrected(text: str, sources: Sources, say_again: Callable[[str], Awaitable[str]]) -> str | None:
    """The answer with nothing in it that its sources do not bear out; None when nothing is left of it.

    say_again: asks the model, with a complaint, for the answer once more.
    """
    unsupported = sources.unsupported(text)
    complaint = COMPLAINT.format(claims="\n".join(f"- {claim.text.strip()}" for claim in unsupported))
    try:
        again = await say_again(complaint)
    except ModelError:
        again = ""
    if grounding.says_something(again):
        text, unsupported = again, sources.unsupported(again)
    events.emit(events.Event.ANSWER_CORRECTED, dropped=len(unsupported), said_again=bool(again))
    text = grounding.without(text, unsupported) if unsupported else text
    return text if grounding.says_something(text) else None
