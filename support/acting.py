"""Doing what leave was given for, once, whatever becomes of the run that does it.

The call is a task of its own: a run that is cancelled meanwhile does not break it off, and its end is noted.
"""

import asyncio
from dataclasses import replace
from uuid import UUID

from agents.agent import CustomerSupportAgent
from agents.turn import Outcome, TurnContext
from config.common import db
from support import run_actions
from support.run_actions import Begun

_under_way: set["asyncio.Task[Outcome]"] = set()


async def carry_out(agent: CustomerSupportAgent, turn: TurnContext, owner: str) -> TurnContext:
    """The turn, with what came of the action its run has leave for. Fenced when the run is not in charge."""
    begun = await db.run(run_actions.begin, turn.run, owner)
    if begun.outcome is not None:
        return replace(turn, outcome=begun.outcome)
    task = asyncio.create_task(_do(agent, turn, begun))
    _under_way.add(task)
    task.add_done_callback(_under_way.discard)
    return replace(turn, outcome=await asyncio.shield(task))


async def _do(agent: CustomerSupportAgent, turn: TurnContext, begun: Begun) -> Outcome:
    outcome = await agent.carry_out(turn, begun.request, key(begun.action_id))
    await db.run(run_actions.end, begun.action_id, outcome)
    return outcome


def key(action_id: UUID) -> str:
    """What names the action's one call for the system behind the tool."""
    return action_id.hex


async def settle(patience: float) -> None:
    """Wait for calls under way to end, at most `patience` seconds."""
    if _under_way:
        await asyncio.wait(_under_way, timeout=patience)
