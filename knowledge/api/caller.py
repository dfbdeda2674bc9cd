"""Who calls: knowledge knows no sessions, so it says what it needs of them."""

from typing import Protocol, cast

from rest_framework.request import Request

from knowledge.audience import Audience


class Caller(Protocol):
    """What the endpoints need of `request.auth`, which is sessions_app's Integration."""

    def audience(self, inbox_key: str | None = None) -> Audience:
        """Which articles it may see."""

    def require_unlimited(self) -> None:
        """Raise Forbidden for one that is limited to some inboxes."""


def caller(request: Request) -> Caller:
    """The integration that calls; the views' permissions let nobody else in."""
    return cast(Caller, request.auth)
