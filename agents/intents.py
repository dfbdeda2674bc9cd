"""What can be understood without a model: a greeting, thanks, a goodbye, and the wish to talk to a person."""

import re
from enum import Enum

from agents import language, texts
from agents.turn import Reply, TurnContext, Usage


class Intent(Enum):
    """A message that is not a question for the knowledge base."""

    GREETING = "greeting"
    THANKS = "thanks"
    GOODBYE = "goodbye"
    PERSON = "person"


_PEOPLE = (
    r"(?:a |an |the |some |your |another |any )?(?:real |live |actual |human )*"
    r"(?:person|human(?: being)?|agent|representative|rep|operator|someone real|somebody real|staff member|support agent|"
    r"colleague|employee|support person|(?:support |customer )?(?:staff|service)|member of staff)"
)
_PERSON = re.compile(
    rf"\b(?:(?:talk|speak|chat|connect|transfer|escalate|hand(?: me)?(?: over)?|put|get|pass|switch|write|forward)(?: me| this)?"
    rf"(?: on| over| through)? (?:to|with) {_PEOPLE}\b"
    rf"|(?:want|need|get me|give me|like|prefer|bring in|can i have|may i have|send me|find me) (?:to have )?{_PEOPLE}\b(?! ?(?:agent|api|console|key|account|role|group|password))"
    rf"|^{_PEOPLE},? ?(?:please|now)?[.!?]*$"
    rf"|^(?:talk|speak) to (?:someone|somebody)\b"
    rf"|\b(?:connect|put|pass|transfer) me (?:on |over |through )?to (?:someone|somebody)\b"
    rf"|is there (?:a|an|any) (?:real |actual |live )*(?:person|human) (?:here|there|i can)"
    rf"|mit (?:einem |einer )?(?:menschen|mitarbeiter(?:in)?|person) (?:sprechen|reden)"
    rf"|hablar con (?:una |un )?(?:persona|humano|agente)|parler (?:à|avec) (?:une |un )?(?:personne|humain|conseiller))",
    re.IGNORECASE,
)
# "… to customers who want an employee": what is wanted is wanted by others.
_OTHERS = re.compile(
    r"\b(?:who|they|(?:customer|visitor|user|client)s?)"
    r" (?:wants?|needs?|ask(?:s|ed)?|prefers?|likes?|typed?|types|writes?|wrote|says?|said)\b",
    re.I,
)
# What somebody else is said to have written.
_QUOTED = re.compile(r"[\"“„«][^\"“”«»]*[\"”“»]")
_ASKS_HOW = re.compile(
    r"^\s*(?:how|what|where|when|why|which|does|do|is it|are|can (?:a|an|my|our|the) )\b", re.IGNORECASE
)
_GREETING = re.compile(
    r"^(?:hi|hello|hey|hiya|good (?:morning|afternoon|evening)|hallo|hola|bonjour)(?: there| all| team)?[\s.!,]*$", re.I
)
_THANKS = re.compile(
    r"^(?:ok(?:ay)?[,.! ]*|great[,.! ]*|perfect[,.! ]*)*(?:thanks?(?: you)?|thx|cheers|danke|gracias|merci)"
    r"(?: (?:so much|a lot|very much|again|for (?:the|your) help))*[\s.!]*$",
    re.IGNORECASE,
)
_GOODBYE = re.compile(
    r"^(?:bye(?:[ -]?bye)?|goodbye|see you|that's all|that is all|no,? that's (?:all|it))[\s.!]*$", re.IGNORECASE
)

# What people say around a greeting, thanks or a goodbye, and that asks nothing.
_PLEASANTRY = re.compile(
    r"^(?:ok(?:ay)?|great|perfect|cool|nice|awesome|excellent|alright|all right|got it|sure|no|yes|"
    r"(?:it|that|this) (?:worked|works|helps|helped)(?: now)?|that(?: i|')s (?:great|perfect|it|all)|"
    r"how are you(?: doing)?(?: today)?|how's it going)$",
    re.IGNORECASE,
)
_SMALL_TALK = ((Intent.GOODBYE, _GOODBYE), (Intent.THANKS, _THANKS), (Intent.GREETING, _GREETING))


def recognise(text: str) -> Intent | None:
    """The intent of a message, or None when it is to be answered from knowledge."""
    stripped = " ".join(text.split())
    if len(stripped) > 300:
        return None
    # "How do I talk to a person?" in a help centre is the wish; "How does an agent hand back?" is a question.
    if _PERSON.search(stripped) and not asks_in_general(stripped):
        return Intent.PERSON
    return _small_talk(stripped) or _pieced(stripped)


def _small_talk(text: str) -> Intent | None:
    return next((intent for intent, pattern in _SMALL_TALK if pattern.match(text)), None)


def _pieced(text: str) -> Intent | None:
    """The intent of "Cool, that worked, thanks!": of small talk in pieces, when there is nothing else."""
    pieces = [piece for piece in re.split(r"\s*[,.!?;]+\s*", text) if piece]
    intents = {_small_talk(piece) for piece in pieces if not _PLEASANTRY.match(piece)}
    if None in intents:
        return None
    return next((intent for intent, _ in _SMALL_TALK if intent in intents), None)


def asks_in_general(text: str) -> bool:
    """Whether a text asks how something is, of nobody in particular: "How do customers reach a person?"."""
    about_others = _OTHERS.search(text) or _ASKS_HOW.match(text)
    return bool(about_others) and not re.search(r"\b(?:i|me)\b", _QUOTED.sub("", text), re.IGNORECASE)


def without_small_talk(text: str) -> str:
    """The lines of a text that are more than a greeting, thanks or a goodbye; all of them when none is."""
    return "\n".join(line for line in text.splitlines() if recognise(line) is None) or text


def small_talk(context: TurnContext) -> Reply | None:
    """The answer to small talk when no model is there to give one; None when it is something else."""
    intent = recognise(context.question)
    if intent is None or intent is Intent.PERSON or context.outcome is not None:
        return None
    return Reply(
        texts.say(intent.value, language.of(context)), (), "extractive", Usage(limit_reached=context.limit_reached)
    )
