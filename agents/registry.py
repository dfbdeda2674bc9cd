"""The tools the model may ask for. A tool is a typed function in the `tools` of any installed app.

What a tool may do depends on its risk class, in code: `read` runs at once, `write` needs the customer's word, and
`approval` a human agent's. Who the customer is comes from the context, which the model cannot write.
"""

import importlib
import importlib.util
import inspect
import pkgutil
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from types import ModuleType
from typing import Any, Literal, Protocol

from django.apps import apps

from agents import defaults
from agents.signature import Signature
from agents.turn import Escalate, Search, TurnContext, Who
from knowledge.retrieval import Passage

Risk = Literal["read", "write", "approval"]
Identity = Literal["anonymous", "identified", "verified"]

# A turn has to end; what takes longer is told as a failure.
TIMEOUT_SECONDS = 10.0

# So that the model neither asks in its own words nor says that it is done already.
_ASKED: dict[Risk, str] = {
    "read": "",
    "write": "\n\nCall it at once: the customer is then shown what it would do and asked to confirm it.",
    "approval": "\n\nCall it at once: a colleague is then asked to approve it, which takes a while.",
}
# So that it neither asks for an address, which would prove nothing, nor gives up.
_PROVEN = (
    "\n\nFor customers who have proven their e-mail address. Call it at once: who has not is then asked to. Never ask "
    "for the address yourself."
)


@dataclass
class ToolContext:
    """What the server, not the model, gives to a tool.

    key: names this call for the system behind the tool: the same for a repetition of the call, and for no other.
    searches: those made in the turn so far.
    """

    turn: TurnContext
    passages: list[Passage]
    key: str = ""
    searches: list[Search] = field(default_factory=list)

    @property
    def who(self) -> Who:
        """The customer."""
        return self.turn.who

    @property
    def slots(self) -> Mapping[str, str]:
        """Facts the customer gave, by their names in `agents.memory.SLOTS`: what they wrote, proven by nobody."""
        return self.turn.memory.slots


@dataclass(frozen=True)
class ToolResult:
    """What the model is told, and what the turn does besides."""

    text: str
    escalate: Escalate | None = None


class ToolFailed(Exception):
    """Nothing was done. The message is for the model; raise it when that is certain."""


class Parameters(Protocol):
    """What a tool takes: a JSON schema, and the check of what the model wrote against it."""

    schema: dict[str, Any]

    def parse(self, arguments: str) -> dict[str, Any]:
        """The arguments as JSON values; signature.BadArguments when they are wrong."""

    def values(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Parsed arguments as the function takes them."""


@dataclass(frozen=True)
class Tool:
    """A registered tool.

    label: what the customer sees while it works. title: what they are asked to confirm, with `{argument}` places.
    identity: who may use it: anybody, who has a signed identity, or who has proven an e-mail address. timeout: seconds.
    repeatable: the system behind it takes a call with the same key for the same call, so that one whose end nobody saw
    may be made again. slots: for arguments that the model may leave out, the facts (agents.memory.SLOTS) that they are
    taken from then.
    """

    name: str
    label: str
    risk: Risk
    description: str
    parameters: Parameters
    function: Callable[..., Awaitable[ToolResult]]
    title: str = ""
    identity: Identity = "anonymous"
    timeout: float = TIMEOUT_SECONDS
    repeatable: bool = False
    slots: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def schema(self) -> dict[str, Any]:
        """The tool as the chat completions API wants it."""
        proven = _PROVEN if self.identity == "verified" else ""
        description = f"{self.description}{_ASKED[self.risk]}{proven}"
        parameters = self.parameters.schema
        if self.slots:
            required = [name for name in parameters.get("required", []) if name not in self.slots]
            parameters = parameters | {"required": required}
        function = {"name": self.name, "description": description, "parameters": parameters}
        return {"type": "function", "function": function}

    def admits(self, who: Who) -> bool:
        """Whether this customer may use it."""
        match self.identity:
            case "anonymous":
                return True
            case "identified":
                return who.sub is not None
            case "verified":
                return bool(who.verified_email)

    def parse(self, arguments: str, facts: Mapping[str, str]) -> dict[str, Any]:
        """The model's arguments, what it left out taken from what the customer said. Raises signature.BadArguments."""
        kinds = self.parameters.schema.get("properties", {})
        given = {name: defaults.typed(facts.get(slot, ""), kinds.get(name, {})) for name, slot in self.slots.items()}
        return self.parameters.parse(defaults.filled(arguments, given))

    def titled(self, arguments: dict[str, Any]) -> str:
        """What a call with these arguments would do, in at most 200 characters."""
        # In one pass: what an argument contains is no place for another.
        shown = re.sub(r"\{(\w+)\}", lambda place: str(arguments.get(place[1], place[0])), self.title or self.label)
        return " ".join(shown.split())[:200]

    async def run(self, context: ToolContext, arguments: dict[str, Any]) -> ToolResult:
        """Call the function with parsed arguments."""
        return await self.function(context, **self.parameters.values(arguments))


def tool(
    *,
    label: str,
    risk: Risk,
    title: str = "",
    identity: Identity = "anonymous",
    timeout: float = TIMEOUT_SECONDS,
    repeatable: bool = False,
) -> Callable[[Callable[..., Awaitable[ToolResult]]], Tool]:
    """Make a tool of an async function `(context, …arguments) -> ToolResult`; its docstring is what the model reads."""

    def register(function: Callable[..., Awaitable[ToolResult]]) -> Tool:
        description = inspect.getdoc(function) or ""
        parameters = Signature(function)
        name = function.__name__
        return Tool(name, label, risk, description, parameters, function, title, identity, timeout, repeatable)

    return register


@cache
def registry() -> dict[str, Tool]:
    """All tools by name: every `Tool` in the `tools` package or module of an installed app."""
    found: dict[str, Tool] = {}
    for module in _modules():
        for member in vars(module).values():
            if isinstance(member, Tool) and found.setdefault(member.name, member) is not member:
                raise ValueError(f"There are two tools of the name {member.name!r}.")
    return found


def _modules() -> Iterator[ModuleType]:
    for app in apps.get_app_configs():
        name = f"{app.name}.tools"
        if importlib.util.find_spec(name) is None:
            continue
        package = importlib.import_module(name)
        yield package
        for module in pkgutil.iter_modules(getattr(package, "__path__", [])):
            yield importlib.import_module(f"{name}.{module.name}")
