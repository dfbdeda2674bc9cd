"""Asking leave for a tool call and telling what came of it, in the server's words, where the model gives none."""

import json

from agents import language, texts
from agents.calls import State
from agents.results import Result
from agents.turn import Outcome, Request, TurnContext

# A tool's result is written for a model; one that reads like a sentence is fit for people as well.
_SENTENCE_CHARACTERS = 300


def asking(request: Request, turn: TurnContext) -> str:
    """What the customer reads above what is to be confirmed, when the model said nothing before its call."""
    text = "verify" if request.verify else f"confirm_{request.risk}"
    return texts.say(text, language.of(turn), title=request.title)


def of(request: Request, result: str, state: State) -> Outcome:
    """What came of a request that was granted."""
    return Outcome(
        request.tool,
        request.call,
        request.title,
        request.shown,
        result,
        succeeded=state == "done",
        known=state != "unknown",
    )


def results(outcome: Outcome) -> list[Result]:
    """What an answer about it may rest on: its result, and what the call was made with."""
    return [Result(outcome.result, outcome.tool, outcome.succeeded), Result(json.dumps(outcome.shown), done=False)]


def told(outcome: Outcome, turn: TurnContext) -> str:
    """What was done, without a model."""
    result = outcome.result.strip()
    reads_well = result and "\n" not in result and result[0] not in "[{<" and len(result) <= _SENTENCE_CHARACTERS
    return texts.say("done", language.of(turn), title=outcome.title) + (f"\n\n{result}" if reads_well else "")
