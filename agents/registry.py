"""The tools the model may ask for. A tool is a typed function in agents/tools/; its signature is its schema.

What a tool may do depends on its risk class, in code: `read` runs at once. The customer comes from the context, which
the model cannot write.
"""

import importlib
import inspect
import pkgutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, Literal, get_type_hints

from pydantic import BaseModel, ValidationError, create_model

from agents import tools as tool_package
from agents.turn import Escalate, TurnContext
from knowledge.retrieval import Passage

Risk = Literal["read", "write", "approval"]


@dataclass
class ToolContext:
    """What the server, not the model, gives to a tool."""

    turn: TurnContext
    passages: list[Passage]


@dataclass(frozen=True)
class ToolResult:
    """What the model is told, and what the turn does besides."""

    text: str
    escalate: Escalate | None = None


@dataclass(frozen=True)
class Tool:
    """A registered tool. `label` is what the customer sees while it works."""

    name: str
    label: str
    risk: Risk
    description: str
    arguments: type[BaseModel]
    function: Callable[..., Awaitable[ToolResult]]

    @cached_property
    def schema(self) -> dict[str, Any]:
        """The tool as the chat completions API wants it."""
        parameters = self.arguments.model_json_schema()
        parameters.pop("title", None)
        return {
            "type": "function",
            "function": {"name": self.name, "description": self.description, "parameters": parameters},
        }

    async def call(self, context: ToolContext, arguments: str) -> ToolResult:
        """Run the tool on the model's JSON. What is wrong with the arguments is told to the model, not raised."""
        try:
            parsed = self.arguments.model_validate_json(arguments or "{}")
        except ValidationError as error:
            problems = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
            return ToolResult(f"The arguments are not valid: {problems}")
        return await self.function(context, **dict(parsed))


def tool(*, label: str, risk: Risk) -> Callable[[Callable[..., Awaitable[ToolResult]]], Tool]:
    """Make a tool of an async function `(context, …arguments) -> ToolResult`; its docstring is what the model reads."""

    def register(function: Callable[..., Awaitable[ToolResult]]) -> Tool:
        hints = get_type_hints(function)
        fields: dict[str, Any] = {
            name: (hints[name], ... if parameter.default is inspect.Parameter.empty else parameter.default)
            for name, parameter in list(inspect.signature(function).parameters.items())[1:]
        }
        name = function.__name__
        arguments = create_model(name, **fields)
        return Tool(name, label, risk, inspect.getdoc(function) or "", arguments, function)

    return register


@cache
def registry() -> dict[str, Tool]:
    """All tools by name: every `Tool` in the modules of agents/tools/."""
    found: dict[str, Tool] = {}
    for module in pkgutil.iter_modules(tool_package.__path__):
        members = vars(importlib.import_module(f"{tool_package.__name__}.{module.name}")).values()
        found |= {member.name: member for member in members if isinstance(member, Tool)}
    return found
