"""Handing the conversation to a person."""

from typing import Literal

from agents.registry import ToolContext, ToolResult, tool
from agents.turn import Escalate


@tool(label="Asking a colleague to take over", risk="read")
async def escalate_to_human(
    context: ToolContext,
    reason: Literal["customer_request", "missing_knowledge", "unsupported_request", "negative_sentiment"],
    note: str = "",
) -> ToolResult:
    """Hand the conversation to a person. Use it when the customer asks for one, is upset, or needs something you cannot do."""
    return ToolResult("A person will take over.", Escalate(reason, note[:500]))
