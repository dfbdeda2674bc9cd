"""Customers who can be imitated in the console, to see what they would be told."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from uuid import UUID

from django.http import HttpRequest

from knowledge.audience import EVERYTHING, Audience


@dataclass(frozen=True)
class Asker:
    """Somebody who can be imitated in "Ask as a customer"; `key` is for the address, `label` for people. Its inbox, if it is one's."""

    key: str
    label: str
    audience: Audience
    inbox: UUID | None = None
    inbox_name: str = ""


def _askers() -> Iterable[Asker]:
    yield Asker("everyone", "Any visitor (articles for everyone)", Audience())
    yield Asker("identified", "Any identified customer", Audience(identified=True))
    yield Asker("staff", "Staff (all published articles)", EVERYTHING)


# Apps above this one that know more kinds of customers add theirs.
ASKERS: list[Callable[[], Iterable[Asker]]] = [_askers]


def chosen(request: HttpRequest) -> tuple[list[Asker], Asker]:
    """All askers, and the one that `as` names, or else the first."""
    asked = request.POST if request.method == "POST" else request.GET
    askers = [asker for source in ASKERS for asker in source()]
    return askers, next((asker for asker in askers if asker.key == asked.get("as")), askers[0])
