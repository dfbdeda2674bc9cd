"""Making a tool call: bounded in time and number, recorded, and clear about what is known of its effect."""

import asyncio
import json
import time
from dataclasses import dataclass
from typing import Literal
from weakref import WeakKeyDictionary

from agents import observing
from agents.models import ToolCall
from agents.registry import Tool, ToolContext, ToolFailed, ToolResult
from agents.signature import redacted
from config.common import db, events, metrics

# Calls of one tool that a process makes at once; others wait, within their own time.
CONCURRENT = 10
MAX_RESULT_CHARACTERS = 8_000

State = Literal["done", "failed", "unknown"]

_gates: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, asyncio.Semaphore]] = WeakKeyDictionary()


@dataclass(frozen=True)
class Called:
    """How a call ended. `failed`: without an effect. `unknown`: nobody can tell, which only matters if it writes."""

    result: ToolResult
    state: State


async def make(tool: Tool, context: ToolContext, call: str, arguments: dict[str, object]) -> Called:
    """Call the tool with parsed arguments. What goes wrong in it is told, not raised."""
    started = time.perf_counter()
    with observing.tool_call(tool, call) as span:
        called = await _make(tool, context, arguments)
        text = called.result.text.replace("\x00", "")
        shown = redacted(tool.parameters.schema, arguments)
        span.set({"replywell.outcome": called.state, "error.type": None if called.state == "done" else called.state})
        span.content(lambda: {"gen_ai.tool.call.arguments": json.dumps(shown), "gen_ai.tool.call.result": text})
    metrics.TOOL_CALLS.labels(tool.name, called.state).inc()
    row = ToolCall(
        run=context.turn.run,
        call=call[:200],
        tool=tool.name,
        risk=tool.risk,
        arguments=shown,
        state=called.state,
        result=text[:MAX_RESULT_CHARACTERS],
        took_ms=(time.perf_counter() - started) * 1000,
    )
    await db.run(row.save, force_insert=True)
    if len(text) > MAX_RESULT_CHARACTERS:
        text = text[:MAX_RESULT_CHARACTERS] + "\n(cut: the result was longer)"
    return Called(ToolResult(text, called.result.escalate), called.state)


async def _make(tool: Tool, context: ToolContext, arguments: dict[str, object]) -> Called:
    try:
        async with asyncio.timeout(tool.timeout), _gate(tool):
            return Called(await tool.run(context, arguments), "done")
    except ToolFailed as failure:
        events.emit(events.Event.TOOL_FAILED, "warning", tool=tool.name, reason="refused")
        return Called(ToolResult(f"The tool failed: {failure}"), "failed")
    except TimeoutError:
        events.emit(events.Event.TOOL_FAILED, "warning", tool=tool.name, reason="timeout")
        return Called(ToolResult("The tool did not answer in time."), "unknown")
    except Exception as error:  # noqa: BLE001 - a tool's failure is the model's to handle, not the customer's
        events.emit(events.Event.TOOL_FAILED, "error", tool=tool.name, reason=type(error).__name__)
        return Called(ToolResult("The tool failed."), "unknown")


def _gate(tool: Tool) -> asyncio.Semaphore:
    gates = _gates.setdefault(asyncio.get_running_loop(), {})
    return gates.setdefault(tool.name, asyncio.Semaphore(CONCURRENT))
