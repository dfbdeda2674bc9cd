"""“Ask as a customer”: the answer that the AI agent would give, streamed to an editor. No conversation, and nothing is done.

A turn never makes a call that writes: it asks leave for it, and here nobody gives it.
"""

import asyncio
import json
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.urls import URLPattern, path
from django.views.decorators.http import require_POST

from agents import acceptance
from agents.agent import CustomerSupportAgent
from agents.turn import Delta, Escalate, Interrupted, Reply, Step, TurnContext, Who
from config.common import db, events
from config.common.text import storable
from knowledge import askers
from knowledge.admin import MAX_QUESTION
from knowledge.askers import Asker
from knowledge.rendering import to_html
from support.budget import Allowance

TURN_SECONDS = 40.0
_agent = CustomerSupportAgent()


def ask_view(request: HttpRequest) -> HttpResponseBase:
    """The answer to `question`, asked by `as`: lines of JSON, each `{type}`: step, delta, and one of reply, escalate, failed."""
    if not request.user.has_perm("knowledge.view_article"):
        raise PermissionDenied
    question = request.POST.get("question", "").strip()[:MAX_QUESTION]
    if not question or not storable(question):
        return JsonResponse({"detail": "Write a question."}, status=400)
    _, asker = askers.chosen(request)
    return StreamingHttpResponse(_lines(question, asker), content_type="application/x-ndjson")


async def _lines(question: str, asker: Asker) -> AsyncIterator[str]:
    async for frame in answer(question, asker):
        yield json.dumps(frame) + "\n"


async def answer(question: str, asker: Asker) -> AsyncIterator[dict[str, Any]]:
    """The frames of one answer; the last one is a reply, an escalate or a failed."""
    started = time.perf_counter()
    allowance = Allowance()
    # Whoever asks is nobody: tools for identified customers are not called, as they would act for a real one.
    turn = TurnContext(
        uuid.uuid4(), question, (), asker.audience, asker.inbox_name or "the help centre", Who(uuid.uuid4())
    )
    try:
        async with asyncio.timeout(TURN_SECONDS):
            if asker.inbox:  # a question that belongs to no inbox is on nobody's budget
                turn = await db.run(allowance.grant, turn, asker.inbox)
            async with aclosing(_agent.turn(turn)) as stream:  # type: ignore[type-var]
                async for event in stream:
                    match event:
                        case Step(_, label):
                            yield {"type": "step", "label": label}
                        case Delta(text):
                            yield {"type": "delta", "text": text}
                        case Escalate(reason, note):
                            yield {"type": "escalate", "reason": reason.replace("_", " "), "note": note}
                        case Reply():
                            await db.run(allowance.settle, event.usage)
                            took_ms = (time.perf_counter() - started) * 1000
                            yield await _reply(turn, event, took_ms)
    except (Interrupted, TimeoutError) as error:
        yield {"type": "failed", "detail": "The model broke off. A customer's answer would be tried again."}
        events.emit(events.Event.MODEL_FAILED, "warning", reason=type(error).__name__)


async def _reply(turn: TurnContext, reply: Reply, took_ms: float) -> dict[str, Any]:
    usage = reply.usage
    return {
        "type": "reply",
        "html": to_html(reply.text),
        "engine": reply.engine,
        "answered": reply.answered,
        "confidence": reply.confidence,
        "rests_on_tools": reply.rests_on_tools,
        "least": acceptance.LEAST,
        "model": usage.model,
        "tokens": usage.input_tokens + usage.output_tokens,
        "took_ms": round(took_ms),
        "would_do": reply.request.title if reply.request else "",
        "searches": [search.query for search in reply.searches],
        "citations": [
            {
                "index": citation.index,
                "title": citation.passage.title,
                "heading": citation.passage.heading,
                "article": str(citation.passage.article_id),
                "chunk": str(citation.passage.chunk_id),
            }
            for citation in reply.citations
        ],
    }


def urls() -> list[URLPattern]:
    """Below the conversations' pages, though it makes none."""
    return [path("ask/", admin.site.admin_view(require_POST(ask_view)), name="support_conversation_ask")]
