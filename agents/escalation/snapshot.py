"""All that a policy looks at in a turn, frozen: what the customer wrote, what came before, and what was answered."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from agents.escalation.readings import NOTHING, Reading

_NO_ATTRIBUTES: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Circumstances:
    """What the conversation's rows say. unanswered: answers in a row, up to now, that the agent did not know, or that failed.

    failed_calls: tool calls that failed or broke off since the conversation began, or was last with people. attributes: of the
    customer, by name.
    """

    is_open: bool = True
    attributes: Mapping[str, str] = field(default_factory=lambda: _NO_ATTRIBUTES)
    unanswered: int = 0
    failed_calls: int = 0


UNREMARKABLE = Circumstances()


@dataclass(frozen=True)
class Answer:
    """The agent's answer, before it is given. confidence: that it is right, 0 to 1; None: it is no claim from articles.

    times: how often the agent has now said the same. failed_calls: of this turn.
    """

    answered: bool
    confidence: float | None
    times: int = 1
    failed_calls: int = 0


@dataclass(frozen=True)
class Snapshot:
    """A turn as rules see it. times: how often the customer has now asked the same.

    accepts: says yes to the offer of a person. topics: by its phrasings how likely a topic is meant. answer: None until there is one.
    """

    text: str
    person: Reading = NOTHING
    anger: Reading = NOTHING
    accepts: bool = False
    times: int = 1
    topics: Mapping[tuple[str, ...], Reading] = field(default_factory=dict)
    circumstances: Circumstances = UNREMARKABLE
    answer: Answer | None = None
