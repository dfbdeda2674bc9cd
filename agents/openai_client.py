"""The OpenAI SDK's part in asking a model: a client, and its errors as ours.

A module of its own because the SDK takes most of a second to import, which not every process should pay for: only
`llm` imports it, when it first asks a model or is warmed for that.
"""

import re
from collections.abc import Mapping

import openai
from django.conf import settings

from agents.chunks import ModelError
from agents.providers import Provider

# Statuses that say nothing about how the provider is: the request was wrong.
_REQUEST_WAS_WRONG = {400, 413, 422}


def made(provider: Provider) -> openai.AsyncOpenAI:
    """A client of the provider, which can serve one loop alone."""
    return openai.AsyncOpenAI(
        api_key=provider.api_key or "none",
        base_url=provider.base_url or None,
        max_retries=0,
        timeout=settings.LLM_TOTAL_SECONDS,
        # Parses in C: a streamed answer is some hundred chunks.
        http_client=openai.DefaultAioHttpClient(),
    )


def told(error: Exception) -> ModelError | None:
    """The error of a request as ours; None for one that is none of a provider's, but a mistake of the program."""
    if isinstance(error, openai.APIStatusError):
        return _of_status(error)
    # The SDK's transport raises errors of its own when a body breaks off.
    of_transport = type(error).__module__.split(".")[0] in {"httpx2", "aiohttp"}
    if of_transport or isinstance(error, openai.OpenAIError | OSError | ValueError):
        return ModelError(type(error).__name__)
    return None


def _of_status(error: openai.APIStatusError) -> ModelError:
    status = error.status_code
    permanent = status < 500 and status not in {408, 409, 425, 429}
    wrong = status in _REQUEST_WAS_WRONG
    retry_after = _retry_after(error.response.headers)
    return ModelError(
        f"HTTP {status}{_called(error)}", permanent=permanent, retry_after=retry_after, blames_request=wrong
    )


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """The seconds that the provider asks for, or the one behind it: LiteLLM passes headers on under names of its own."""
    for name in ("retry-after", "llm_provider-retry-after"):
        try:
            return float(headers.get(name, ""))
        except ValueError:
            continue
    return None


def _called(error: openai.APIStatusError) -> str:
    """What the provider calls the error, such as `model_not_found`; never its message, which may repeat the question."""
    names = [name for name in (error.code, error.type) if isinstance(name, str)]
    return next((f" {name}" for name in names if re.fullmatch(r"[a-z]+(_[a-z]+)+", name) and len(name) <= 60), "")
