"""Searching the knowledge base again, in other words than the customer's."""

from agents import searches
from agents.prompts import passage_block
from agents.registry import ToolContext, ToolResult, tool
from config.common import db
from knowledge import retrieval


@tool(label="Searching the help centre", risk="read")
async def search_knowledge(context: ToolContext, query: str) -> ToolResult:
    """Search the help centre for passages about `query`. Use it when the passages you were given do not answer the question."""
    limit = context.turn.limits.passages
    result = await db.run(retrieval.search, query[:1000], context.turn.audience, limit)
    context.searches.append(searches.record(query, result))
    known = {passage.chunk_id for passage in context.passages}
    first = len(context.passages) + 1
    context.passages += [passage for passage in result.passages if passage.chunk_id not in known]
    block = passage_block(context.passages[first - 1 :], first)
    return ToolResult(block or "Nothing new was found.")
