"""What is told of calls of models and tools: counts, and spans after OpenTelemetry's conventions for generative AI.

https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/ (version 1.41, in development).
"""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from agents.providers import Provider
from agents.registry import Tool
from config.common import metrics, tracing


class ModelCall:
    """One call of a model, as a context manager: usable in an async generator, which may be closed half-way."""

    def __init__(self, provider: Provider, messages: list[dict[str, Any]], completion: Any) -> None:
        self._model = provider.model
        self._completion = completion
        self._messages = messages
        self._started = time.perf_counter()
        server = urlsplit(provider.base_url or "https://api.openai.com")
        attributes = {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": "openai",
            "gen_ai.request.model": provider.model,
            "gen_ai.request.stream": True,
            "server.address": server.hostname or "",
            "server.port": server.port or (80 if server.scheme == "http" else 443),
        }
        self._span = tracing.span(f"chat {provider.model}", attributes, kind="client", current=False)

    def __enter__(self) -> "ModelCall":
        self._span.__enter__()
        return self

    def first_chunk(self) -> None:
        """The model has begun to speak."""
        self._span.set({"gen_ai.response.time_to_first_chunk": time.perf_counter() - self._started})

    def __exit__(self, kind: type[BaseException] | None, *rest: Any) -> None:
        said = self._completion
        outcome = "ok" if kind is None else "failed" if issubclass(kind, Exception) else "cancelled"
        metrics.MODEL_CALLS.labels(self._model, outcome).inc()
        metrics.MODEL_TOKENS.labels(self._model, "input").inc(said.input_tokens)
        metrics.MODEL_TOKENS.labels(self._model, "output").inc(said.output_tokens)
        self._span.set(
            {
                "gen_ai.response.model": self._model,
                "gen_ai.response.finish_reasons": [said.finish_reason] if said.finish_reason else None,
                "gen_ai.usage.input_tokens": said.input_tokens or None,
                "gen_ai.usage.output_tokens": said.output_tokens or None,
            }
        )
        self._span.content(self._content)
        self._span.__exit__(kind, *rest)

    def _content(self) -> dict[str, str]:
        said = self._completion
        parts: list[dict[str, Any]] = [{"type": "text", "content": said.text}] if said.text else []
        parts += [
            {"type": "tool_call", "id": call.id, "name": call.name, "arguments": call.arguments}
            for call in said.tool_calls
        ]
        asked = [
            {"role": message["role"], "parts": [{"type": "text", "content": message.get("content") or ""}]}
            for message in self._messages
        ]
        told = [{"role": "assistant", "parts": parts, "finish_reason": said.finish_reason}]
        return {"gen_ai.input.messages": json.dumps(asked), "gen_ai.output.messages": json.dumps(told)}


@contextmanager
def tool_call(tool: Tool, call: str) -> Iterator[tracing.Span]:
    """While a tool is called."""
    started = time.perf_counter()
    attributes = {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": tool.name,
        "gen_ai.tool.call.id": call,
        "gen_ai.tool.type": "function",
        "replywell.tool.risk": tool.risk,
    }
    with tracing.span(f"execute_tool {tool.name}", attributes) as span:
        yield span
    metrics.TOOL_SECONDS.labels(tool.name).observe(time.perf_counter() - started)
