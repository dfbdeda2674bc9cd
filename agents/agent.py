"""The AI agent: one async generator per turn, bounded in steps, that owns nothing between turns."""

import time
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

from django.conf import settings

from agents import extractive, intents, llm, prompts
from agents.citations import CitationFilter
from agents.registry import ToolContext, ToolResult, registry
from agents.turn import Delta, Escalate, Event, Interrupted, Reply, Step, TurnContext, Usage
from config.common import db, events
from knowledge import retrieval
from knowledge.curated import matching
from knowledge.retrieval import Passage

# Reasons to stop that leave an answer unfinished.
_CUT = {"length", "content_filter"}
SEARCH_STEP = Step("search_knowledge", "Searching the help centre")


class CustomerSupportAgent:
    """Answers customers. Made once per process; a turn's state lives in its generator."""

    async def close(self) -> None:
        """Let go of what turns on the running loop left open: connections to the provider."""
        await llm.close()

    async def turn(self, context: TurnContext) -> AsyncIterator[Event]:
        """Work on one turn; the last event is a Reply or an Escalate.

        A question with a curated answer gets it. Else retrieves first, so that the common question costs one model call. Without a model, or when it fails before
        the first token, the extractive engine answers. Raises Interrupted when the model breaks off after it.
        """
        started = time.perf_counter()
        intent = intents.recognise(context.question)
        if intent is intents.Intent.PERSON:
            yield Escalate("customer_request")
            return
        if intent is not None and not self._use_model(context):
            yield intents.reply(intent, context)
            return
        follows, sure = bool(context.history), self._use_model(context)
        asked = intents.without_small_talk(context.question)
        fixed = await db.run(matching.match, asked, context.audience, follows=follows, sure=sure)
        if fixed is not None:
            yield Delta(fixed.answer)
            yield Reply(fixed.answer, (), "curated", Usage(), curated=fixed.answer_id)
            return
        yield SEARCH_STEP
        found = await db.run(retrieval.search, search_query(context), context.audience, context.limits.passages)
        usage = Usage(search_ms=found.took_ms)
        if self._use_model(context):
            try:
                async for event in self._with_model(context, found.passages, usage, started):
                    yield event
                return
            except llm.ModelError as error:
                events.emit(events.Event.MODEL_FAILED, "warning", run=str(context.run), reason=str(error))
        reply = await db.run(extractive.answer, context, found, usage)
        yield Delta(reply.text)
        yield reply

    @staticmethod
    def _use_model(context: TurnContext) -> bool:
        return settings.LLM_CONFIGURED and not context.extractive

    async def _with_model(
        self, context: TurnContext, found: list[Passage], usage: Usage, started: float
    ) -> AsyncIterator[Event]:
        """The model's loop: stream, run the tools it asks for, again. ModelError before the first delta only."""
        tools = ToolContext(context, list(found))
        messages = prompts.messages(context, found)
        citations = CitationFilter(tools.passages)
        shown = ""
        calls_left = context.limits.tool_calls
        for call_number in range(context.limits.model_calls):
            # The last call gets no tools, so that it has to answer.
            last = call_number == context.limits.model_calls - 1 or calls_left <= 0
            stream = llm.ChatStream(messages, [] if last else [tool.schema for tool in registry().values()])
            if shown:
                shown += "\n\n"
                yield Delta("\n\n")
            try:
                async for piece in stream:
                    text = citations.feed(piece)
                    if text:
                        if usage.first_token_ms is None:
                            usage = replace(usage, first_token_ms=(time.perf_counter() - started) * 1000)
                        shown += text
                        yield Delta(text)
                    if len(shown) > context.limits.output_characters:
                        raise llm.ModelError("an endless answer")
            except llm.ModelError as error:
                if shown:
                    raise Interrupted(str(error)) from error
                raise
            usage = _add(usage, stream.completion)
            if not stream.completion.tool_calls or last:
                break
            messages.append(_assistant_message(stream.completion))
            for call in stream.completion.tool_calls:
                calls_left -= 1
                tool = registry().get(call.name)
                if tool is not None:
                    yield Step(tool.name, tool.label)
                result = await self._call(tools, call) if calls_left >= 0 else ToolResult("No tool calls are left.")
                if result.escalate:
                    yield result.escalate
                    return
                messages.append({"role": "tool", "tool_call_id": call.id, "content": result.text})
        if rest := citations.finish():
            shown += rest
            yield Delta(rest)
        if not shown.strip():
            raise llm.ModelError("an empty answer")
        if stream.completion.finish_reason in _CUT:
            raise Interrupted(f"the provider cut the answer: {stream.completion.finish_reason}")
        yield Reply(shown.strip(), citations.citations(), "llm", usage, tuple(tools.passages))

    async def _call(self, tools: ToolContext, call: llm.ToolCall) -> ToolResult:
        tool = registry().get(call.name)
        if tool is None:
            return ToolResult(f"There is no tool {call.name!r}.")
        try:
            return await tool.call(tools, call.arguments)
        except Exception as error:  # noqa: BLE001 - a tool's failure is the model's to handle, not the customer's
            events.emit(events.Event.TOOL_FAILED, "error", tool=call.name, reason=type(error).__name__)
            return ToolResult("The tool failed.")


def search_query(context: TurnContext) -> str:
    """What to search for: the question; a short follow-up gets the customer's message before it in front."""
    if len(context.question.split()) >= 6:
        return context.question
    before = next((u.text for u in reversed(context.history) if u.role == "customer"), "")
    return f"{before[:300]}\n{context.question}" if before and intents.recognise(before) is None else context.question


def _assistant_message(completion: llm.Completion) -> dict[str, Any]:
    return {
        "role": "assistant",
        "content": completion.text or None,
        "tool_calls": [
            {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments or "{}"}}
            for call in completion.tool_calls
        ],
    }


def _add(usage: Usage, completion: llm.Completion) -> Usage:
    return replace(
        usage,
        model=settings.OPENAI_MODEL,
        model_calls=usage.model_calls + 1,
        input_tokens=usage.input_tokens + completion.input_tokens,
        output_tokens=usage.output_tokens + completion.output_tokens,
    )
