"""The configured tools, read from the database: one query for all of them, credentials left behind."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet
from django.db.models.functions import JSONObject

from agents.connectors import calling
from agents.connectors.models import ConfiguredTool, HttpParameter, HttpTool, McpTool
from agents.connectors.parameters import SchemaParameters, schema_of
from agents.connectors.templates import lines
from agents.registry import Tool
from knowledge.audience import Audience

_FIELDS = ("name", "type", "choices", "description", "required", "secret", "slot")


@dataclass(frozen=True)
class Configured:
    """A configured tool, and the tags of the inboxes that have it; none: all."""

    tool: Tool
    tags: frozenset[str]

    def serves(self, audience: Audience) -> bool:
        """Whether a customer of this audience's inbox may use it."""
        return not self.tags or not self.tags.isdisjoint(audience.tags)


def load(name: str | None = None) -> list[Configured]:
    """The enabled tools, or the one of that name, as the database has them now. Those that are suspended are left out."""
    rows = ConfiguredTool.objects.filter(enabled=True, **({"name": name} if name is not None else {}))
    return [entry for row in _with_details(rows) if (entry := _configured(row)) is not None]


def _with_details(rows: QuerySet[ConfiguredTool]) -> Iterator[Any]:
    fields = JSONObject(**{field: field for field in _FIELDS})
    parameters = HttpParameter.objects.filter(tool=OuterRef("pk")).order_by("pk").values_list(fields)
    yield from (
        rows.select_related("httptool", "mcptool__server")
        .defer("httptool__secret", "mcptool__server__secret")
        .annotate(given=ArraySubquery(parameters))
        .order_by("name")
    )


def _configured(row: Any) -> Configured | None:
    if hasattr(row, "httptool"):
        schema = schema_of(SimpleNamespace(**given) for given in row.given)
        slots = {given["name"]: given["slot"] for given in row.given if given["slot"]}
        return Configured(replace(http_tool(row.httptool, schema), slots=slots), frozenset(row.tags))
    tool = row.mcptool
    if tool.gone or tool.changed is not None or not tool.server.enabled:
        return None
    return Configured(mcp_tool(tool), frozenset(row.tags))


def http_tool(row: HttpTool, schema: dict[str, Any]) -> Tool:
    """The tool that makes this HTTP call."""
    return _tool(row, schema, calling.http_tool(row.pk, secret_names(schema)), repeatable=row.repeatable)


def mcp_tool(row: McpTool) -> Tool:
    """The tool that calls this one of an MCP server."""
    tool = _tool(row, _without(row.offered["schema"], row.filled), calling.mcp_tool(row.pk), repeatable=False)
    return replace(tool, slots=dict(lines(row.slots, "=")))


def _without(schema: dict[str, Any], filled: str) -> dict[str, Any]:
    """The schema without the parameters that the server fills."""
    names = {name for name, _ in lines(filled, "=")}
    properties = {name: kind for name, kind in schema.get("properties", {}).items() if name not in names}
    required = [name for name in schema.get("required", []) if name not in names]
    return schema | {"properties": properties, "required": required} if names else schema


def _tool(row: ConfiguredTool, schema: dict[str, Any], function: calling.Function, *, repeatable: bool) -> Tool:
    return Tool(
        row.name,
        row.label,
        row.risk,  # type: ignore[arg-type]
        row.description,
        SchemaParameters(schema),
        function,
        row.title,
        row.identity,  # type: ignore[arg-type]
        float(row.timeout),
        repeatable,
    )


def secret_names(schema: dict[str, Any]) -> frozenset[str]:
    """The arguments that are blacked out wherever they would be kept or shown."""
    properties = schema.get("properties", {})
    return frozenset(name for name, kind in properties.items() if isinstance(kind, dict) and kind.get("writeOnly"))
