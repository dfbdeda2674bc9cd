"""What the conversation page calls: the same actions as sockets and the REST API, in the name of who is signed in.

Each gets the conversation from `endpoint`, which has looked it up among those that they may see.
"""

from typing import Any, TypeVar

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern, path
from pydantic import ValidationError

from config.common.errors import Invalid
from config.common.text import check_text
from support import actions, customer, missed, protocol, queries, runs, shapes, tool_actions
from support.admin import holding, panel
from support.admin.endpoint import body_of, endpoint
from support.memory import actions as memory
from support.models import Conversation
from support.perform import perform_sync

B = TypeVar("B", bound=protocol.Frame)
VIEW, CHANGE, VIEW_RUN = "support.view_conversation", "support.change_conversation", "support.view_run"


class ReplyBody(protocol.Frame):
    """A reply. `text` is checked by its own rules; `last_seen_seq` is the newest message on the writer's screen."""

    client_id: protocol.Id
    text: Any = None
    last_seen_seq: protocol.Seq


def _staff(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _details(request: HttpRequest, row: Conversation) -> HttpResponse:
    return JsonResponse(panel.details(row, _staff(request)))


def _now(request: HttpRequest, row: Conversation) -> HttpResponse:
    """The details after something was done."""
    return _details(request, queries.of_staff(row.pk, request.user))


@endpoint("GET", VIEW)
def details(request: HttpRequest, row: Conversation) -> HttpResponse:
    """The conversation, its customer and its holder."""
    return _details(request, row)


@endpoint("GET", VIEW)
def messages(request: HttpRequest, row: Conversation) -> HttpResponse:
    """At most `?limit=` messages after `?after=`, and the last seq there is."""
    after, limit = _number(request, "after", 0, protocol.MAX_SEQ), _number(request, "limit", queries.PAGE, queries.PAGE)
    return JsonResponse({"results": panel.messages(row.pk, after, limit), "last_seq": row.last_seq})


def _number(request: HttpRequest, name: str, default: int, highest: int) -> int:
    """A whole number from the address."""
    text = request.GET.get(name, str(default))
    if not (text.isascii() and text.isdigit() and int(text[:12]) <= highest):
        problem = f"must be a whole number up to {highest}"
        raise Invalid(f"{name} {problem}.", [{"field": name, "message": problem}])
    return int(text)


@endpoint("GET", VIEW, VIEW_RUN)
def list_runs(request: HttpRequest, row: Conversation) -> HttpResponse:
    """The AI agent's runs with the passages they retrieved."""
    return JsonResponse({"results": panel.runs(row.pk, _staff(request))})


@endpoint("POST", CHANGE)
def claim(request: HttpRequest, row: Conversation) -> HttpResponse:
    """Take the conversation over."""
    perform_sync(actions.claim, row.pk, _staff(request))
    return _now(request, row)


@endpoint("POST", CHANGE)
def release(request: HttpRequest, row: Conversation) -> HttpResponse:
    """Hand the conversation back to the AI agent."""
    perform_sync(holding.release, row.pk, _staff(request), runs.owner())
    return _now(request, row)


@endpoint("POST", CHANGE)
def close(request: HttpRequest, row: Conversation) -> HttpResponse:
    """Close the conversation; the customer reopens it by writing."""
    perform_sync(holding.close, row.pk, _staff(request))
    return _now(request, row)


@endpoint("POST", CHANGE)
def settle(request: HttpRequest, row: Conversation) -> HttpResponse:
    """Say that somebody has got back to a customer who had found nobody there."""
    perform_sync(missed.settle, row.pk, _staff(request))
    return _now(request, row)


@endpoint("POST", CHANGE)
def reply(request: HttpRequest, row: Conversation) -> HttpResponse:
    """Write to the customer; the same `client_id` again gives the first message."""
    body = _valid(ReplyBody, body_of(request))
    text = check_text(body.text, customer.MAX_CHARACTERS)
    change = perform_sync(actions.reply, row.pk, _staff(request), body.client_id, text, body.last_seen_seq)
    assert change.message is not None
    return JsonResponse({"message": shapes.message(change.message)}, status=200 if change.duplicate else 201)


def _valid(body: type[B], record: dict[str, Any]) -> B:
    try:
        return body.model_validate(record)
    except ValidationError as error:
        problems = error.errors(include_url=False, include_input=False, include_context=False)
    fields = [{"field": ".".join(map(str, problem["loc"])), "message": problem["msg"]} for problem in problems]
    raise Invalid("; ".join(f"{field['field']}: {field['message']}" for field in fields), fields)


class DecisionBody(protocol.Frame):
    """Which of the conversation's actions is meant."""

    action: protocol.Id


@endpoint("POST", CHANGE)
def approve(request: HttpRequest, row: Conversation) -> HttpResponse:
    """Let the AI agent make the tool call it asked for."""
    action = _valid(DecisionBody, body_of(request)).action
    perform_sync(tool_actions.confirm, row.pk, action, runs.owner(), user=_staff(request))
    return _now(request, row)


@endpoint("POST", CHANGE)
def refuse(request: HttpRequest, row: Conversation) -> HttpResponse:
    """Do not let the AI agent make the tool call it asked for."""
    action = _valid(DecisionBody, body_of(request)).action
    perform_sync(tool_actions.decline, row.pk, action, user=_staff(request))
    return _now(request, row)


class FactBody(protocol.Frame):
    """A fact that the agent remembers; `value` is checked by its own rules."""

    fact: str
    value: Any = None


@endpoint("POST", CHANGE)
def remember(request: HttpRequest, row: Conversation) -> HttpResponse:
    """Set or correct a fact."""
    body = _valid(FactBody, body_of(request))
    memory.correct(row.pk, _staff(request), body.fact, body.value)
    return _now(request, row)


@endpoint("POST", CHANGE)
def forget(request: HttpRequest, row: Conversation) -> HttpResponse:
    """Delete a fact."""
    memory.forget(row.pk, _staff(request), _valid(FactBody, body_of(request)).fact)
    return _now(request, row)


def urls() -> list[URLPattern]:
    """The routes below a conversation."""
    views = {"details": details, "messages": messages, "runs": list_runs, "claim": claim, "release": release}
    views |= {"close": close, "settle": settle, "reply": reply, "approve": approve, "refuse": refuse}
    views |= {"remember": remember, "forget": forget}
    return [
        path(f"<uuid:conversation_id>/{name}/", view, name=f"support_conversation_{name}")
        for name, view in views.items()
    ]
