"""Who answers when the model is asked: the configured provider, and the one that takes over when it fails."""

from dataclasses import dataclass, field
from decimal import Decimal

from django.conf import settings


@dataclass(frozen=True)
class Provider:
    """A model behind an OpenAI-compatible API; an empty `base_url` is OpenAI's own."""

    base_url: str
    api_key: str = field(repr=False)
    model: str = ""


def chain() -> list[Provider]:
    """The providers, the first choice first."""
    first = Provider(settings.OPENAI_BASE_URL, settings.OPENAI_API_KEY, settings.OPENAI_MODEL)
    if not settings.OPENAI_FALLBACK_MODEL:
        return [first]
    second = Provider(
        settings.OPENAI_FALLBACK_BASE_URL or first.base_url,
        settings.OPENAI_FALLBACK_API_KEY or first.api_key,
        settings.OPENAI_FALLBACK_MODEL,
    )
    return [first, second]


def cost(model: str, read: int, written: int) -> Decimal:
    """What a model's tokens cost by MODEL_PRICES; 0 for a model that has no price there."""
    price = settings.MODEL_PRICES.get(model)
    return price.of(read, written) if price else Decimal(0)
