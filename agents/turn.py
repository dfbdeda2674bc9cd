"""What goes into a turn and what comes out of it: frozen values, no database rows."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from agents.escalation.default import BUILT_IN
from agents.escalation.rules import Decision, EscalationReason, Policy
from agents.escalation.snapshot import UNREMARKABLE, Circumstances
from agents.memory import Memory, MemoryUpdate
from knowledge.audience import Audience
from knowledge.retrieval import Passage

Engine = Literal["llm", "extractive", "curated"]


@dataclass(frozen=True)
class Utterance:
    """One earlier message, as the model sees it."""

    role: Literal["customer", "assistant", "human"]
    text: str


@dataclass(frozen=True)
class Who:
    """The customer, as the server knows them: tools get it from here, never from the model.

    sub: their id in the company's own systems, None for an anonymous visitor. email: as the company names it.
    verified_email: the address that they have proven to be theirs; empty: none.
    """

    id: UUID
    sub: str | None = None
    name: str = ""
    email: str = ""
    verified_email: str = ""


@dataclass(frozen=True)
class Outcome:
    """What came of a tool call that had to be confirmed.

    shown: the arguments without those that are secret. result: what the model is told. known: False when nobody can
    tell whether it took effect.
    """

    tool: str
    call: str
    title: str
    shown: dict[str, Any]
    result: str
    succeeded: bool
    known: bool = True


@dataclass(frozen=True)
class Limits:
    """Hard bounds of one turn.

    tokens: read and written; after so many the model gets no further tools and has to answer.
    """

    model_calls: int = 4
    tool_calls: int = 4
    tokens: int = 60_000
    passages: int = 8
    output_characters: int = 8_000


@dataclass(frozen=True)
class TurnContext:
    """All the agent knows about a turn.

    question: the customer's unanswered messages, joined by newlines. history: what was said before, oldest first.
    memory: what is known of what was said before that. extractive: answer without a model, because it failed in this
    turn before, or because of `limit_reached`. locale: the conversation's; with fixed_language the inbox's, and replies
    are in its language whatever the customer writes in. outcome: what was just done on the customer's word, and has to
    be told; `question` may be empty then. missed: a person was asked for while nobody was there, and is to get back.
    policy: when people take over; it judges by the circumstances.
    """

    run: UUID
    question: str
    history: tuple[Utterance, ...]
    audience: Audience
    inbox_name: str
    who: Who
    extractive: bool = False
    outcome: Outcome | None = None
    limits: Limits = Limits()
    missed: bool = False
    policy: Policy = BUILT_IN
    circumstances: Circumstances = UNREMARKABLE
    limit_reached: str = ""
    locale: str = "en"
    fixed_language: bool = False
    memory: Memory = field(default_factory=Memory)


@dataclass(frozen=True)
class Delta:
    """Text to append to the answer on the screen."""

    text: str


@dataclass(frozen=True)
class Step:
    """What the agent is doing; `label` is for the customer's eyes."""

    tool: str
    label: str


@dataclass(frozen=True)
class Citation:
    """Where `[index]` in the text points to; `passage` is one this run retrieved."""

    index: int
    passage: Passage
    quote: str


@dataclass(frozen=True)
class Search:
    """A search of the turn: what was asked, what came of it. score, match: of the best passage; 0 when there was none.

    unknown, weakest: as in knowledge.retrieval.SearchResult.
    """

    query: str
    found: int
    score: float
    match: float
    unknown: float
    weakest: float
    took_ms: float


@dataclass(frozen=True)
class Usage:
    """What the turn cost.

    limit_reached: the limit of spending that kept it from asking the model. prompt: a hash of the instructions and tools
    that the model was given.
    """

    model: str = ""
    model_calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    search_ms: float = 0.0
    first_token_ms: float | None = None
    cost: Decimal = Decimal(0)
    limit_reached: str = ""
    prompt: str = ""


@dataclass(frozen=True)
class Request:
    """A tool call that may not be made unasked.

    title: what it would do, in a few words. shown: the arguments without those that are secret. verify: the customer has to
    prove an e-mail address first; only then may it be a call that reads.
    """

    tool: str
    call: str
    risk: Literal["read", "write", "approval"]
    title: str
    arguments: dict[str, Any]
    shown: dict[str, Any]
    verify: bool = False


@dataclass(frozen=True)
class Reply:
    """The finished answer. `answered` is False for an honest "I don't know". `passages`: all that was retrieved.

    request: what the agent asks leave for, with this text. curated: the curated answer that it is, word for word.
    confidence: how probably the passages answer the question, 0 to 1; None: it is no claim, asks leave, or
    rests_on_tools: it says what a tool said, and nothing from articles. failed_calls: tool calls of the turn that failed or
    broke off. decided: what the policy had to say to it. searches: all that were made for it.
    """

    text: str
    citations: tuple[Citation, ...]
    engine: Engine
    usage: Usage
    passages: tuple[Passage, ...] = ()
    answered: bool = True
    request: Request | None = None
    curated: UUID | None = None
    confidence: float | None = None
    rests_on_tools: bool = False
    failed_calls: int = 0
    decided: Decision | None = None
    searches: tuple[Search, ...] = ()


@dataclass(frozen=True)
class Escalate:
    """A person should take over. decided: by which rule; None: no rule, but the agent or the code asks for one."""

    reason: EscalationReason
    note: str = ""
    decided: Decision | None = None
    usage: Usage = field(default_factory=Usage)
    searches: tuple[Search, ...] = ()


Event = Delta | Step | Reply | Escalate | MemoryUpdate


class Interrupted(Exception):
    """The answer broke off after part of it was shown; it has to be redone as a new run."""
