"""The tools there are: those of the code, and those that administrators configured.

What the model is offered may be a moment old; what is called is looked up afresh, so that a tool that was switched off is
not called again. The code's tools have precedence, and cost no query.
"""

from time import monotonic

from agents.connectors import catalogue
from agents.connectors.catalogue import Configured
from agents.registry import Tool, registry
from config.common import db
from knowledge.audience import Audience

KEPT_SECONDS = 2.0

_kept: tuple[float, list[Configured]] | None = None


async def offered(audience: Audience) -> dict[str, Tool]:
    """The tools by name that a customer of this audience's inbox can be served with."""
    global _kept
    if _kept is None or monotonic() - _kept[0] >= KEPT_SECONDS:
        began = monotonic()
        _kept = began, await db.run(catalogue.load)
    configured = {entry.tool.name: entry.tool for entry in _kept[1] if entry.serves(audience)}
    return configured | registry()


async def fresh(name: str, audience: Audience) -> Tool | None:
    """The tool of that name as it is now; None when there is none for this audience."""
    tool = registry().get(name)
    if tool is None:
        found = await db.run(catalogue.load, name)
        tool = next((entry.tool for entry in found if entry.serves(audience)), None)
    return tool


def is_repeatable(name: str) -> bool:
    """Whether a call whose end nobody saw may be made again, under the same key. May ask the database."""
    tool = registry().get(name) or next((entry.tool for entry in catalogue.load(name)), None)
    return tool is not None and tool.repeatable


def forget() -> None:
    """The configuration changed in this process: the next turn reads it."""
    global _kept
    _kept = None
