"""What is kept of the tools of MCP servers: refreshing the list, suspending what changed, looking at it again."""

import json
import re
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError

from agents.connectors.models import ConfiguredTool, McpServer, McpTool

MAX_TOOLS = 100
MAX_DEFINITION = 20_000


def usable() -> QuerySet[McpTool]:
    """The tools that may be called."""
    rows = McpTool.objects.select_related("server")
    return rows.filter(enabled=True, server__enabled=True, gone=False, changed__isnull=True)


def suspend(pk: int, now: dict[str, Any] | None) -> None:
    """Note that the tool is another than was allowed (`now`), or gone."""
    McpTool.objects.filter(pk=pk).update(**({"changed": now} if now is not None else {"gone": True}))


def accept(tool: McpTool) -> None:
    """Somebody has looked at what changed: it is what is allowed from now on."""
    tool.offered, tool.changed = tool.changed, None
    tool.description = str(tool.offered["description"])[:2_000] or tool.remote_name
    tool.save(update_fields=["offered", "changed", "description"])


@transaction.atomic
def store(server: McpServer, found: dict[str, dict[str, Any]]) -> str:
    """Keep what the server lists; returns what came of it, in one sentence. New tools wait to be allowed."""
    fit = {name: what for name, what in list(found.items())[:MAX_TOOLS] if _fits(name, what)}
    known = {tool.remote_name: tool for tool in server.tools.all()}
    for name, tool in known.items():
        tool.gone = name not in found
        if name in found and found[name] != tool.offered:
            tool.changed = found[name]
        tool.save(update_fields=["gone", "changed"])
    added = [_add(server, name, what) for name, what in fit.items() if name not in known]
    server.error = "" if len(fit) == len(found) else f"{len(found) - len(fit)} of its tools cannot be used."
    server.refreshed_at = Now()
    server.save(update_fields=["error", "refreshed_at"])
    changed = server.tools.filter(changed__isnull=False).count()
    gone = server.tools.filter(gone=True).count()
    return f"{len(found)} tools: {len(added)} new, {changed} changed, {gone} gone."


def fail(server: McpServer, error: str) -> None:
    """Note that the server could not be asked."""
    server.error = error[:500]
    server.save(update_fields=["error"])


def _fits(name: str, what: dict[str, Any]) -> bool:
    try:
        Draft202012Validator.check_schema(what["schema"])
    except SchemaError:
        return False
    definition = json.dumps(what)
    is_object = what["schema"].get("type") == "object"
    return is_object and len(name) <= 200 and len(definition) <= MAX_DEFINITION and "\\u0000" not in definition


def _add(server: McpServer, name: str, what: dict[str, Any]) -> McpTool:
    return McpTool.objects.create(
        server=server,
        remote_name=name,
        offered=what,
        name=_free_name(f"{server.name}_{name}"),
        description=what["description"][:2_000] or name,
        label="Working on it",
        title=f"Use {name}"[:200],
        risk=ConfiguredTool.Risk.APPROVAL,
        enabled=False,
    )


def _free_name(wanted: str) -> str:
    """The name in the model's alphabet, with a number behind it if it is taken."""
    base = re.sub(r"[^a-z0-9_]+", "_", wanted.lower())[:60]
    taken = set(ConfiguredTool.objects.filter(name__startswith=base).values_list("name", flat=True))
    return next(name for name in (base, *(f"{base}_{number}" for number in range(2, 1_000))) if name not in taken)
