"""The AI agent: one async generator per turn, bounded in steps, that owns nothing between turns."""

import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import replace

from django.conf import settings

from agents import calls, contact, extractive, followup, intents, llm, outcomes, searches, slots, toolbox
from agents.escalation import deciding, wording
from agents.escalation.guard import Guard, verdict
from agents.escalation.rules import Decision
from agents.memory import MemoryUpdate
from agents.modelturn import SEARCH_TOOL, ModelTurn
from agents.registry import ToolContext
from agents.turn import Delta, Escalate, Event, Outcome, Reply, Request, Search, Step, TurnContext, Usage
from config.common import db, events
from knowledge import asked, retrieval
from knowledge.curated import matching
from knowledge.retrieval import SearchResult

SEARCH_STEP = Step(SEARCH_TOOL, "Searching the help centre")


def warm() -> None:
    """Prepare what the first customer would wait for. Blocks."""
    wording.warm()
    llm.warm()


class CustomerSupportAgent:
    """Answers customers. Made once per process; a turn's state lives in its generator."""

    async def close(self) -> None:
        """Let go of what turns on the running loop left open: connections to the provider."""
        await llm.close()

    async def turn(self, context: TurnContext) -> AsyncIterator[Event]:
        """Work on one turn; the last event is a Reply or an Escalate, with all searches that were made.

        Facts that the customer gave are told first. The policy judges the turn before there is an answer, and the answer
        before it is given. Raises Interrupted when the model breaks off after its first token.
        """
        asked.begin_turn()
        searched: list[Search] = []
        async with aclosing(self._judged(context, searched)) as events_:
            async for event in events_:
                if isinstance(event, Reply | Escalate):
                    event = replace(event, searches=tuple(searched))
                yield event

    async def _judged(self, context: TurnContext, searched: list[Search]) -> AsyncGenerator[Event, None]:
        """The turn under its policy."""
        if given := slots.noticed(context.question):
            yield MemoryUpdate(given)
            context = replace(context, memory=replace(context.memory, slots={**context.memory.slots, **given}))
        if context.outcome is not None and not context.outcome.known:
            yield Escalate("tool_failure", f"Nobody knows whether this was done: {context.outcome.title}")
            return
        if context.outcome is None and (noted := contact.reply(context)):
            yield noted
            return
        guard = Guard(context)
        fixed = await db.run(self._settled, guard, context)
        if isinstance(fixed, Decision):
            yield verdict(fixed)
            return
        async with aclosing(self._given(fixed) if fixed else self._answer(context, searched)) as events_:
            async for event in events_:
                yield guard.after(event) if isinstance(event, Reply) else event

    def _settled(self, guard: Guard, context: TurnContext) -> Decision | Reply | None:
        """What ends the turn before anything is looked for: the policy, small talk, or a curated answer. Blocks."""
        decision = guard.before()
        if decision is not None and deciding.ends(decision):
            return decision
        if context.outcome is not None:
            return None
        if not self._use_model(context) and (chat := intents.small_talk(context)):
            return chat
        return self._curated(context)

    @staticmethod
    async def _given(reply: Reply) -> AsyncGenerator[Event, None]:
        if reply.engine == "curated":
            yield Delta(reply.text)
        yield reply

    async def _answer(self, context: TurnContext, searched: list[Search]) -> AsyncGenerator[Event, None]:
        """The turn without its policy, and without an answer that is fixed.

        Retrieves first, so that the common question costs one model call. Without a model, or when it fails before the
        first token, the extractive engine answers.
        """
        started = time.perf_counter()
        found = retrieval.NOTHING
        if context.question:
            yield SEARCH_STEP
            query = followup.query(context)
            found = await db.run(retrieval.search, query, context.audience, context.limits.passages)
            searched.append(searches.record(query, found))
        if self._use_model(context):
            try:
                async for event in ModelTurn(context, found, started, searched).events():
                    yield _weighed(event, found) if isinstance(event, Reply) else event
                return
            except llm.ModelError as error:
                events.emit(events.Event.MODEL_FAILED, "warning", run=str(context.run), reason=str(error))
        async for event in self._without_model(context, found):
            yield event

    def _curated(self, context: TurnContext) -> Reply | None:
        follows, sure = bool(context.history), self._use_model(context)
        question = intents.without_small_talk(context.question)
        fixed = matching.match(question, context.audience, follows=follows, sure=sure)
        return Reply(fixed.answer, (), "curated", Usage(), curated=fixed.answer_id) if fixed else None

    @staticmethod
    async def _without_model(context: TurnContext, found: SearchResult) -> AsyncIterator[Event]:
        usage = Usage(search_ms=found.took_ms, limit_reached=context.limit_reached)
        if chat := intents.small_talk(context):
            reply = chat
        elif context.outcome is None:
            reply = await db.run(extractive.answer, context, found, usage)
        elif context.outcome.succeeded:
            text = outcomes.told(context.outcome, context)
            reply = Reply(text, (), "extractive", usage, rests_on_tools=True)
        else:
            yield Escalate("tool_failure", f"This failed: {context.outcome.title}")
            return
        yield Delta(reply.text)
        yield reply

    @staticmethod
    def _use_model(context: TurnContext) -> bool:
        return settings.LLM_CONFIGURED and not context.extractive

    async def carry_out(self, context: TurnContext, request: Request, key: str) -> Outcome:
        """Do what leave was given for. The same key names the same call: a repetition must be no second effect.

        Leave was given to a tool of that risk class: it may have been changed since.
        """
        tool = await toolbox.fresh(request.tool, context.audience)
        if tool is None or tool.risk != request.risk or not tool.admits(context.who):
            return outcomes.of(request, "This tool is not available any more.", "failed")
        called = await calls.make(tool, ToolContext(context, [], key), request.call, request.arguments)
        # What only reads and breaks off has done nothing, whatever came of it.
        state = "failed" if tool.risk == "read" and called.state == "unknown" else called.state
        return outcomes.of(request, called.result.text, state)


def _weighed(reply: Reply, found: SearchResult) -> Reply:
    """A model's answer with how likely it is right: what cites nothing is not from the help centre.

    What a tool said is neither likely nor unlikely: the likelihood is about passages. What asks leave claims nothing yet.
    """
    if reply.rests_on_tools or reply.request is not None:
        return reply
    return replace(reply, confidence=extractive.estimate(found) if reply.answered and reply.citations else 0.0)


def is_repeatable(tool_name: str) -> bool:
    """Whether a call whose end nobody saw may be made again, under the same key."""
    return toolbox.is_repeatable(tool_name)
