"""The OpenAI SDK's part in asking a model: a client, and its errors as ours.

A module of its own because the SDK takes most of a second to import, which not every process should pay for: only
`llm` imports it, when it first asks a model or is warmed for that.
"""

import json
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import openai

from agents.chunks import ModelError
from agents.providers import Provider

# Statuses that say nothing about how the provider is: the request was wrong.
_REQUEST_WAS_WRONG = {400, 413, 422}


class Client:
    """The way to a provider, for one loop alone: the SDK's address, headers and connections.

    The request is made here once more each time only as far as it differs, and its answer read as bytes: the SDK's own
    way costs half as much again as the rest of asking (docs/performance.md).
    """

    def __init__(self, provider: Provider) -> None:
        # Parses in C: a streamed answer is some hundred chunks.
        self._http = openai.DefaultAioHttpClient()
        sdk = openai.AsyncOpenAI(
            api_key=provider.api_key or "none", base_url=provider.base_url or None, http_client=self._http
        )
        self._url = sdk.base_url.copy_with(raw_path=sdk.base_url.raw_path + b"chat/completions")
        # The SDK marks what it leaves out by values of its own.
        named = {name: value for name, value in sdk.default_headers.items() if isinstance(value, str)}
        self._headers = httpx2.Headers(named | {"Content-Type": "application/json"})

    async def close(self) -> None:
        """Let go of the connections."""
        await self._http.aclose()

    @asynccontextmanager
    async def stream(self, body: dict[str, Any]) -> AsyncIterator[AsyncIterator[bytes]]:
        """The bytes that a chat completion comes in. Raises ModelError when it is refused."""
        content = json.dumps(body, ensure_ascii=False, allow_nan=False).encode()
        request = httpx2.Request("POST", self._url, headers=self._headers, content=content)
        response = await self._http.send(request, stream=True)
        try:
            if not response.is_success:
                raise _of_status(response, await response.aread())
            yield response.aiter_bytes()
        finally:
            await response.aclose()


def told(error: Exception) -> ModelError | None:
    """The error of a request as ours; None for one that is none of a provider's, but a mistake of the program."""
    # Connections raise errors of their own when a body breaks off.
    of_transport = type(error).__module__.split(".")[0] in {"httpx2", "aiohttp"}
    if of_transport or isinstance(error, openai.OpenAIError | OSError | ValueError):
        return ModelError(type(error).__name__)
    return None


def _of_status(response: httpx2.Response, body: bytes) -> ModelError:
    status = response.status_code
    permanent = status < 500 and status not in {408, 409, 425, 429}
    wrong = status in _REQUEST_WAS_WRONG
    retry_after = _retry_after(response.headers)
    return ModelError(
        f"HTTP {status}{_called(body)}", permanent=permanent, retry_after=retry_after, blames_request=wrong
    )


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """The seconds that the provider asks for, or the one behind it: LiteLLM passes headers on under names of its own."""
    for name in ("retry-after", "llm_provider-retry-after"):
        try:
            return float(headers.get(name, ""))
        except ValueError:
            continue
    return None


def _called(body: bytes) -> str:
    """What the provider calls the error, such as `model_not_found`; never its message, which may repeat the question."""
    try:
        error = json.loads(body)["error"]
        names = [name for name in (error.get("code"), error.get("type")) if isinstance(name, str)]
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return ""
    return next((f" {name}" for name in names if re.fullmatch(r"[a-z]+(_[a-z]+)+", name) and len(name) <= 60), "")
