"""The runs of one process: asyncio tasks on its loop, each backed by a leased row.

A lease is renewed while its task lives; one that runs out (its process is gone or stuck) is taken over by whoever
sees it first. Whether a run may still speak is not decided here but by the fence in `support.run_actions`.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings

from agents.agent import CustomerSupportAgent
from agents.memory import MemoryUpdate
from agents.turn import Delta, Escalate, Event, Interrupted, Reply, Step, TurnContext
from config.common import db, events
from support import acting, context, observing, queries, run_actions, tool_actions
from support.budget import Allowance
from support.change import Fenced, StaleCitation
from support.hub import Hub
from support.live import LiveAnswer
from support.memory import upkeep
from support.models import Run
from support.perform import perform

# A turn that takes longer is broken off and answered without the model.
TURN_SECONDS = 40.0
# The model is asked once more only when it broke off this early: all tries together end within a minute.
SECOND_TRY_SECONDS = 15.0
SWEEP_SECONDS = 2.0
# A call that may have had its effect is waited for a little longer than the run that makes it.
ACTING_PATIENCE_SECONDS = 3.0


class RunManager:
    """Starts, renews, cancels and takes over runs on the loop it was made on."""

    def __init__(self, hub: Hub) -> None:
        self.owner = run_actions.new_owner()
        self._hub = hub
        self._agent = CustomerSupportAgent()
        self._tasks: dict[UUID, asyncio.Task[None]] = {}
        # Apart from the runs, whose tasks end when their lease does.
        self._notes: set[asyncio.Task[None]] = set()
        self._loops: list[asyncio.Task[None]] = []
        hub.on_run = self.spawn
        hub.on_cancelled = self.cancel

    def start(self) -> None:
        """Begin to renew and to look for abandoned runs."""
        self._loops = [
            asyncio.create_task(_repeat("renew", settings.RUN_RENEW_SECONDS, self._renew)),
            asyncio.create_task(_repeat("sweep", SWEEP_SECONDS, self._sweep)),
        ]

    def spawn(self, run: Run) -> None:
        """Work on a run that an action of this process started."""
        task = asyncio.create_task(self._work(run), name=f"run {run.id}")
        self._tasks[run.id] = task
        task.add_done_callback(lambda _: self._tasks.pop(run.id, None))

    def cancel(self, run_id: UUID) -> None:
        """Stop working on a run that was cancelled; nothing happens if it is not ours."""
        task = self._tasks.get(run_id)
        if task is not None:
            task.cancel()

    async def reclaim(self, run_id: UUID) -> None:
        """Take over an abandoned run, unless somebody was faster."""
        change = await perform(run_actions.reclaim, run_id, self.owner)
        if change is not None:
            events.emit(events.Event.RUN_RECLAIMED, "warning", run=str(run_id))

    async def settle(self) -> None:
        """Wait until no run is under way, nor notes; runs may start others."""
        while self._tasks or self._notes:
            await asyncio.wait([*self._tasks.values(), *self._notes])

    async def stop(self, patience: float) -> None:
        """Let runs finish for `patience` seconds, then leave the rest to other processes; notes to the next turn."""
        for loop in [*self._loops[1:], *self._notes]:
            loop.cancel()
        try:
            async with asyncio.timeout(patience):
                await self.settle()
        except TimeoutError:
            pass
        rest = [*self._tasks.values(), *self._notes, *self._loops]
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)
        await acting.settle(ACTING_PATIENCE_SECONDS)
        await self._agent.close()
        try:
            await db.run(run_actions.let_go, self.owner)
        except Exception as error:  # noqa: BLE001 - the leases run out by themselves
            events.emit(events.Event.LOOP_FAILED, "warning", loop="let_go", reason=type(error).__name__)

    async def _renew(self) -> None:
        ours = list(self._tasks)
        if ours:
            kept = await db.run(run_actions.renew, self.owner, ours)
            for run_id in set(ours) - kept:
                self.cancel(run_id)

    async def _sweep(self) -> None:
        for run_id in await db.run(queries.expired_runs):
            await self.reclaim(run_id)
        for conversation_id in await db.run(queries.expired_actions):
            await perform(tool_actions.expire, conversation_id)

    # -- One run ------------------------------------------------------------------------------

    async def _work(self, run: Run) -> None:
        with observing.turn(run) as seen:
            live = self._hub.answer_started(run.conversation_id, run.id, run.in_reply_to)
            has_notes_due = True
            try:
                worked = await self._turn(run, live)
                has_notes_due = upkeep.may_be_due(worked.turn, live.text)
                await self._conclude(run, worked, seen)
            except Fenced:
                seen.ended("fenced")
                events.emit(events.Event.RUN_FENCED)
            except (Interrupted, TimeoutError) as error:
                # Part of an answer was shown and is worth nothing: once more with the model, then without.
                too_late = seen.seconds > SECOND_TRY_SECONDS
                await self._again(run, error, seen, extractive=run.attempt > 1 or too_late)
            except StaleCitation as error:
                await self._again(run, error, seen, extractive=run.extractive)
            except Exception as error:  # noqa: BLE001 - whatever it is, the customer must not wait for ever
                events.emit(events.Event.RUN_FAILED, "exception", reason=type(error).__name__)
                await self._again(run, error, seen, extractive=True)
            finally:
                self._hub.answer_ended(run.conversation_id, live)
            if has_notes_due:
                task = asyncio.create_task(self._remember(run), name=f"notes {run.conversation_id}")
                self._notes.add(task)
                task.add_done_callback(self._notes.discard)

    async def _remember(self, run: Run) -> None:
        """Bring the conversation's notes up to date; what goes wrong in it is for the next turn to make good."""
        try:
            await upkeep.after(run)
        except Exception as error:  # noqa: BLE001 - the customer has their answer
            events.emit(events.Event.MEMORY_FAILED, "warning", reason=type(error).__name__)

    async def _turn(self, run: Run, live: LiveAnswer) -> "_Worked":
        """The agent's verdict, and what it came from; what it yields before is shown at once."""
        noticed, allowance = MemoryUpdate(), Allowance()
        async with asyncio.timeout(TURN_SECONDS):
            turn = await db.run(_begin, run, allowance)
            if run.action_id is not None:
                turn = await acting.carry_out(self._agent, turn, self.owner)
            events_: AsyncIterator[Event] = self._agent.turn(turn)
            async with aclosing(events_) as stream:  # type: ignore[type-var]
                async for event in stream:
                    match event:
                        case Reply() | Escalate():
                            return _Worked(turn, event, noticed, allowance)
                        case MemoryUpdate():
                            noticed = event
                        case Delta(text):
                            before = len(live.text)
                            live.text += text
                            self._hub.answer_grew(run.conversation_id, live, before)
                        case Step(tool, label):
                            live.steps.append({"tool": tool, "label": label})
                            self._hub.answer_grew(run.conversation_id, live, len(live.text))
        raise RuntimeError("The agent ended its turn without a verdict.")

    async def _conclude(self, run: Run, worked: "_Worked", seen: observing.Turn) -> None:
        verdict, noticed = worked.verdict, worked.noticed
        try:
            if isinstance(verdict, Escalate):
                await perform(run_actions.escalate, run.id, self.owner, verdict, noticed)
                seen.ended("escalated")
                events.emit(events.Event.RUN_FINISHED, outcome="escalated", reason=verdict.reason)
                return
            total_ms = seen.seconds * 1000
            await perform(run_actions.answer, run.id, self.owner, verdict, total_ms, noticed)
        finally:  # what may not be shown was paid for all the same
            await db.run(worked.allowance.settle, verdict.usage)
        outcome = run_actions.reason_of(verdict)
        seen.ended(outcome, verdict.engine, verdict.usage)
        events.emit(events.Event.RUN_FINISHED, outcome=outcome, engine=verdict.engine, total_ms=round(total_ms))

    async def _again(self, run: Run, error: Exception, seen: observing.Turn, *, extractive: bool) -> None:
        """Start the turn over as a new run, or say that it failed; if even that fails, the lease runs out."""
        events.emit(events.Event.RUN_FAILED, "warning", reason=type(error).__name__, attempt=run.attempt)
        try:
            change = await perform(run_actions.retry, run.id, self.owner, extractive=extractive)
            seen.ended("retried" if change.run else "failed")
        except Fenced:
            seen.ended("fenced")
            events.emit(events.Event.RUN_FENCED)
        except Exception as failure:  # noqa: BLE001 - PostgreSQL is away: the run is taken over when it is back
            events.emit(events.Event.RUN_FAILED, "error", reason=type(failure).__name__, attempt=run.attempt)


@dataclass(frozen=True)
class _Worked:
    """What came of a turn: the verdict, what was noticed, and what it was paid from."""

    turn: TurnContext
    verdict: Reply | Escalate
    noticed: MemoryUpdate
    allowance: Allowance


def _begin(run: Run, allowance: Allowance) -> TurnContext:
    """What the run has to answer, with the model if that can be afforded. Blocks."""
    return allowance.grant(context.load(run), run.conversation.inbox_id, run.conversation_id)


async def _repeat(name: str, seconds: float, job: Callable[[], Awaitable[None]]) -> None:
    """Do `job` every so many seconds, whatever happens to it; a little out of step with other processes."""
    while True:
        await asyncio.sleep(seconds * random.uniform(0.8, 1.0))
        try:
            await job()
        except Exception as error:  # noqa: BLE001 - PostgreSQL is away; the next round may find it back
            events.emit(events.Event.LOOP_FAILED, "warning", loop=name, reason=type(error).__name__)


_manager: RunManager | None = None


def start(hub: Hub) -> RunManager:
    """Make and start the process's manager, on the running loop."""
    global _manager
    _manager = RunManager(hub)
    _manager.start()
    return _manager


def manager() -> RunManager:
    """The process's manager. RuntimeError before `start`."""
    if _manager is None:
        raise RuntimeError("The run manager has not been started.")
    return _manager


def owner() -> str:
    """Who owns the runs that this process starts; in a process that cannot work on runs, nobody."""
    return _manager.owner if _manager is not None else ""


async def stop(patience: float) -> None:
    """Stop the process's manager."""
    global _manager
    if _manager is not None:
        await _manager.stop(patience)
        _manager = None
