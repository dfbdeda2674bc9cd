"""Who is acting, and from where, for as long as a request or a socket lasts.

A request is kept and asked only when an entry is written: who it is from may not be known, or not looked up, before.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from config.common import address


@dataclass(frozen=True)
class Actor:
    """kind: one of `models.Entry.Kind`. id: the row's; empty where there is none."""

    kind: str
    id: str = ""

    @classmethod
    def staff(cls, user_id: object) -> "Actor":
        return cls("staff", str(user_id))

    @classmethod
    def api_key(cls, key_id: object) -> "Actor":
        return cls("api_key", str(key_id))

    @classmethod
    def customer(cls, customer_id: object) -> "Actor":
        return cls("customer", str(customer_id))


SYSTEM = Actor("system")
NOBODY = Actor("nobody")  # who has not proven to be anybody

_request: ContextVar[HttpRequest | None] = ContextVar("audit_request", default=None)
_actor: ContextVar[Actor | None] = ContextVar("audit_actor", default=None)


@contextmanager
def of_request(request: HttpRequest) -> Iterator[None]:
    """What happens inside, also on threads and in tasks that are started there, is this request's doing."""
    token = _request.set(request)
    try:
        yield
    finally:
        _request.reset(token)


def act_as(actor: Actor) -> None:
    """For the rest of the task that calls it, such as a socket's: all of it is the actor's doing."""
    _actor.set(actor)


def actor() -> Actor | None:
    """Who is acting: a proven API key or customer, else the member of staff who is signed in. None: nobody asked."""
    if (bound := _actor.get()) is not None:
        return bound
    request: Any = _request.get()
    if request is None:
        return None
    if credentials := getattr(request, "auth", None):
        proven: Actor = credentials.actor
        return proven
    user = getattr(request, "user", None)
    return Actor.staff(user.pk) if user is not None and user.is_authenticated else NOBODY


def client_address() -> str:
    """Where the request came from, past trusted proxies; empty without a request."""
    request = _request.get()
    return address.of_request(request)[:64] if request is not None else ""
