"""A turn with the model: stream what it says, make the calls it asks for, again, within hard bounds."""

import json
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Any

from agents import breaker, calls, correction, extractive, guardrails, llm, outcomes, prompts, toolbox
from agents.citations import CitationFilter
from agents.grounding import Sources
from agents.providers import Provider, chain, cost
from agents.registry import Tool, ToolContext, ToolResult
from agents.results import Result
from agents.signature import BadArguments, redacted
from agents.turn import Delta, Escalate, Event, Interrupted, Reply, Request, Search, Step, TurnContext, Usage
from config.common import events
from knowledge.retrieval import SearchResult

SEARCH_TOOL = "search_knowledge"
CHECK_STEP = Step("check_claims", "Checking the answer against its sources")
# Reasons to stop that leave an answer unfinished.
_CUT = {"length", "content_filter"}
# Of the time for a first token, what a provider gets after which there is another.
FIRST_CHOICE_SHARE = 0.55


class ModelTurn:
    """One turn's loop and what it has come to."""

    def __init__(self, context: TurnContext, found: SearchResult, started: float, searches: list[Search]) -> None:
        self._limits = context.limits
        self._started = started
        self._tools = ToolContext(context, list(found.passages), searches=searches)
        self._messages = prompts.messages(context, found.passages)
        self._citations = CitationFilter(self._tools.passages)
        self._shown = ""
        self._usage = Usage(search_ms=found.took_ms)
        self._calls_left = context.limits.tool_calls
        self._failed_calls = 0
        self._made: set[tuple[str, str]] = set()
        # What tools said, which an answer may rest on as well as on passages.
        self._results = [] if context.outcome is None else outcomes.results(context.outcome)

        if guardrails.orders(context.question):
            events.emit(events.Event.ORDERS_NOTICED, "warning", run=str(context.run))

    async def events(self) -> AsyncIterator[Event]:
        """The turn, a Reply or an Escalate last. Raises ModelError before the first delta only, Interrupted after it."""
        offered = [tool.schema for tool in (await toolbox.offered(self._tools.turn.audience)).values()]
        self._usage = replace(self._usage, prompt=prompts.digest(self._messages[0], offered))
        for number in range(1, self._limits.model_calls + 1):
            # The last call gets no tools, so that it has to answer.
            last = number == self._limits.model_calls or self._calls_left <= 0 or self._spent >= self._limits.tokens
            async for delta in self._ask([] if last else offered):
                yield delta
            completion = self._completion
            if not completion.tool_calls or last:
                break
            self._messages.append(_assistant_message(completion))
            for call in completion.tool_calls:
                async for event in self._call(call):
                    yield event
                    if isinstance(event, Reply | Escalate):
                        return
        async for event in self._conclude(completion.finish_reason):
            yield event

    async def _ask(self, offered: list[dict[str, Any]]) -> AsyncIterator[Delta]:
        """One model call, made with the first provider that gives a first token."""
        try:
            providers = await willing()
        except llm.ModelError as error:
            raise self._broken(error) from error
        if self._shown:
            yield self._show("\n\n")
        budget, asked_at = llm.FIRST_TOKEN_BUDGET_SECONDS, time.perf_counter()
        for provider in providers:
            is_last, before = provider is providers[-1], len(self._shown)
            left = budget - (time.perf_counter() - asked_at)
            stream = llm.ChatStream(provider, self._messages, offered, left if is_last else left * FIRST_CHOICE_SHARE)
            try:
                async for delta in self._listen(stream):
                    yield delta
            except llm.ModelError as error:
                await breaker.of(provider).failed(error)
                if is_last or len(self._shown) > before:
                    raise self._broken(error) from error
                events.emit(events.Event.MODEL_FAILED, "warning", model=provider.model, reason=str(error))
                continue
            await breaker.of(provider).succeeded()
            self._count(provider, stream.completion)
            return

    def _broken(self, error: llm.ModelError) -> Exception:
        return Interrupted(str(error)) if self._shown else error

    async def _listen(self, stream: llm.ChatStream) -> AsyncIterator[Delta]:
        async for piece in stream:
            text = self._citations.feed(piece)
            room = self._limits.output_characters - len(self._shown)
            if text:
                if self._usage.first_token_ms is None:
                    took = (time.perf_counter() - self._started) * 1000
                    self._usage = replace(self._usage, first_token_ms=took)
                yield self._show(text[:room])
            if len(text) > room:
                raise llm.ModelError("an endless answer", blames_request=True)

    def _show(self, text: str) -> Delta:
        self._shown += text
        return Delta(text)

    @property
    def _spent(self) -> int:
        return self._usage.input_tokens + self._usage.output_tokens

    def _count(self, provider: Provider, completion: llm.Completion) -> None:
        self._completion = completion
        self._usage = replace(
            self._usage,
            model=provider.model,
            model_calls=self._usage.model_calls + 1,
            input_tokens=self._usage.input_tokens + completion.input_tokens,
            output_tokens=self._usage.output_tokens + completion.output_tokens,
            cost=self._usage.cost + cost(provider.model, completion.input_tokens, completion.output_tokens),
        )

    async def _call(self, call: llm.ToolCall) -> AsyncIterator[Event]:
        """Make a call the model asks for, or end the turn with it."""
        self._calls_left -= 1
        tool = await toolbox.fresh(call.name, self._tools.turn.audience)
        answer = self._leave(call, tool)
        done = False
        if isinstance(answer, Tool):
            yield Step(answer.name, answer.label)
            self._tools.key = f"{self._tools.turn.run}:{call.id}"
            arguments = answer.parse(call.arguments, self._tools.slots)
            called = await calls.make(answer, self._tools, call.id, arguments)
            done = called.state == "done"
            self._failed_calls += not done
            answer = called.result
        if isinstance(answer, Request):
            for event in self._reply(answer):
                yield event
        elif answer.escalate:
            yield replace(answer.escalate, usage=self._usage)
        else:
            # What a search finds are passages, which have to be cited.
            if call.name != SEARCH_TOOL:
                self._results.append(Result(answer.text, call.name, done))
            self._messages.append({"role": "tool", "tool_call_id": call.id, "content": answer.text})

    def _leave(self, call: llm.ToolCall, tool: Tool | None) -> ToolResult | Request | Tool:
        """Why a call is not made now: it is refused, or leave has to be asked for it first; the tool: it may be made.

        The tool's risk class and the customer's identity decide, whatever the prompt says.
        """
        if self._calls_left < 0:
            return ToolResult("No tool calls are left.")
        if tool is None:
            return ToolResult(f"There is no tool {call.name!r}.")
        is_unproven = not tool.admits(self._tools.who)
        if is_unproven and tool.identity != "verified":
            return ToolResult("The customer has to be signed in for this. Tell them so; you cannot do it for them.")
        try:
            arguments = tool.parse(call.arguments, self._tools.slots)
        except BadArguments as problem:
            return ToolResult(str(problem))
        if tool.risk == "read" and not is_unproven:
            made = tool.name, json.dumps(arguments, sort_keys=True)
            if made in self._made:
                return ToolResult("You made this very call in this turn: its result is above.")
            self._made.add(made)
            return tool
        shown = redacted(tool.parameters.schema, arguments)
        return Request(tool.name, call.id, tool.risk, tool.titled(shown), arguments, shown, verify=is_unproven)

    async def _conclude(self, finish_reason: str) -> AsyncIterator[Event]:
        rest = self._citations.finish()
        if not (self._shown + rest).strip():
            raise llm.ModelError("an empty answer")
        if rest:
            yield self._show(rest)
        if finish_reason in _CUT:
            raise Interrupted(f"the provider cut the answer: {finish_reason}")
        sources = Sources(self._tools.turn, self._tools.passages, self._results)
        if not sources.unsupported(self._shown):
            is_told = not self._citations.citations() and sources.rest_on_tools(self._shown)
            for event in self._reply(None, rests_on_tools=is_told):
                yield event
            return
        yield CHECK_STEP
        said = await correction.corrected(self._shown, sources, self._say_again)
        text = extractive.dont_know(self._tools.turn) if said is None else said
        marks = CitationFilter(self._tools.passages)
        text = (marks.feed(text) + marks.finish()).strip()
        passages, failed = tuple(self._tools.passages), self._failed_calls
        answered, citations = said is not None, marks.citations()
        is_told = answered and not citations and sources.rest_on_tools(text)
        reply = Reply(text, citations, "llm", self._usage, passages, answered=answered, failed_calls=failed)
        yield replace(reply, rests_on_tools=is_told)

    async def _say_again(self, complaint: str) -> str:
        """The model's answer to a complaint about its answer; the customer does not see it grow. Raises ModelError."""
        messages = [
            *self._messages,
            {"role": "assistant", "content": self._shown},
            {"role": "user", "content": complaint},
        ]
        provider = (await willing())[0]
        stream, marks = llm.ChatStream(provider, messages, []), CitationFilter(self._tools.passages)
        text = "".join([marks.feed(piece) async for piece in stream]) + marks.finish()
        self._count(provider, stream.completion)
        if stream.completion.finish_reason in _CUT or len(text) > self._limits.output_characters:
            raise llm.ModelError("the answer was cut")
        return text

    def _reply(self, request: Request | None, *, rests_on_tools: bool = False) -> Iterator[Event]:
        if request is not None:
            said = self._citations.finish()
            if rest := said if (self._shown + said).strip() else outcomes.asking(request, self._tools.turn):
                yield self._show(rest)
        text, passages, failed = self._shown.strip(), tuple(self._tools.passages), self._failed_calls
        citations = self._citations.citations()
        reply = Reply(text, citations, "llm", self._usage, passages, request=request, failed_calls=failed)
        yield replace(reply, rests_on_tools=rests_on_tools)


async def willing() -> list[Provider]:
    """The providers whose breaker lets a call through, the first choice first. Raises ModelError when there is none."""
    if providers := [provider for provider in chain() if await breaker.of(provider).admits()]:
        return providers
    raise llm.ModelError("no provider is to be asked now")


def _assistant_message(completion: llm.Completion) -> dict[str, Any]:
    return {
        "role": "assistant",
        "content": completion.text or None,
        "tool_calls": [
            {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments or "{}"}}
            for call in completion.tool_calls
        ],
    }
