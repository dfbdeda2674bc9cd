"""The REST endpoints of sessions, conversations and messages. They validate, call, and shape; no more."""

import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config.common.api import Pagination
from config.common.errors import Invalid, NotFound
from config.common.scopes import Anyone, allow
from config.common.text import storable
from sessions_app import services, tokens
from sessions_app.models import Inbox
from sessions_app.services import Caller
from sessions_app.store import Session
from support import actions, customer, queries, runs, sessions, shapes
from support.api import serializers as s
from support.api import streams
from support.models import Conversation, Message
from support.perform import perform_sync
from support.protocol import MAX_SEQ

PROBLEM = OpenApiResponse(s.ProblemOutput, description="What went wrong (RFC 9457, application/problem+json).")
MAX_WAIT_SECONDS = 60


def errors(*codes: int) -> dict[int, Any]:
    """The problem documents that an operation may answer with."""
    return dict.fromkeys((*codes, 429), PROBLEM)


def valid(serializer: type[s.Input], data: Any) -> dict[str, Any]:
    """The validated body; a 400 naming the fields otherwise."""
    checked = serializer(data=data)
    checked.is_valid(raise_exception=True)
    return dict(checked.validated_data)


def integer(request: Request, name: str, default: int, maximum: int) -> int:
    """A whole number from the query string, 0 to `maximum`; Invalid otherwise."""
    text = request.query_params.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 12 and int(text) <= maximum):
        message = f"must be a whole number from 0 to {maximum:,}"
        raise Invalid(f"{name} {message}.", [{"field": name, "message": message}])
    return int(text)


def reach(request: Request) -> frozenset[UUID] | None:
    """The inboxes that an integration may see; None: all."""
    integration: Any = request.auth
    inboxes: frozenset[UUID] | None = integration.inbox_ids
    return inboxes


def caller_of(request: Request) -> Caller:
    """The customer behind a request that permissions let through as one."""
    caller: Any = request.auth
    assert isinstance(caller, Caller)
    return caller


def view_of(request: Request, conversation_id: UUID) -> dict[str, Any]:
    """The conversation, if the caller may see it; NotFound otherwise."""
    if isinstance(request.auth, Caller):
        return customer.view(request.auth, conversation_id)
    return queries.view(queries.of_inboxes(conversation_id, reach(request)))


def human_agent(username: str) -> Any:
    """The member of staff of that name who may take conversations over; Invalid when there is none."""
    user = get_user_model().objects.filter(username=username, is_active=True, is_staff=True).first()
    if user is None or not user.has_perm("support.change_conversation"):
        message = "is not a human agent of this installation"
        raise Invalid(f"human_agent {message}.", [{"field": "human_agent", "message": message}])
    return user


# -- Sessions -----------------------------------------------------------------------------------


def session_view(session: Session, who: Any) -> dict[str, Any]:
    """A session with its present token."""
    claims = session.claims
    return {
        "id": str(session.id),
        "token": tokens.sign(claims),
        "expires_at": shapes.moment(claims.expires_at),
        "conversation_id": str(session.conversation),
        "customer": shapes.customer(who),
    }


class SessionsView(APIView):
    """Where customers begin."""

    authentication_classes = ()
    permission_classes = (Anyone,)

    @extend_schema(
        operation_id="start_session",
        tags=["sessions"],
        request=s.SessionStartSerializer,
        responses={201: s.SessionOutput, **errors(400, 401, 404, 503)},
    )
    def post(self, request: Request) -> Response:
        """Start a session with an inbox's key; an identity token or an earlier session's token says who it is."""
        body = valid(s.SessionStartSerializer, request.data)
        start = services.Start(
            inbox_key=body["inbox"],
            identity=body.get("identity"),
            previous_token=body.get("previous_token"),
            locale=body.get("locale", ""),
            metadata=body.get("metadata"),
        )
        started = sessions.start(start)
        return Response(session_view(started.session, started.customer), status=201)


class SessionView(APIView):
    """One session, for whoever holds its token."""

    permission_classes = (allow(customer=True),)

    def _own(self, request: Request, session_id: UUID) -> Caller:
        caller = caller_of(request)
        if caller.session.id != session_id:
            raise NotFound()
        return caller

    @extend_schema(operation_id="read_session", tags=["sessions"], responses={200: s.SessionOutput, **errors(401, 404)})
    def get(self, request: Request, session_id: UUID) -> Response:
        """The session with its present token."""
        caller = self._own(request, session_id)
        return Response(session_view(caller.session, customer.who(caller)))

    @extend_schema(operation_id="end_session", tags=["sessions"], responses={204: None, **errors(401, 404)})
    def delete(self, request: Request, session_id: UUID) -> Response:
        """End the session: its token dies, its sockets close."""
        services.end(self._own(request, session_id).session.id)
        return Response(status=204)


class SessionRefreshView(SessionView):
    """A new token for a session."""

    http_method_names = ["post", "options"]

    @extend_schema(
        operation_id="refresh_session",
        tags=["sessions"],
        request=None,
        responses={200: s.SessionOutput, **errors(401, 404)},
    )
    def post(self, request: Request, session_id: UUID) -> Response:
        """A new token, valid for an hour; the present one lives 25 seconds more."""
        caller = self._own(request, session_id)
        return Response(session_view(services.refresh(caller), customer.who(caller)))


# -- Conversations ------------------------------------------------------------------------------

_READ = allow(customer=True, scope="conversations:read")
_WRITE = allow(customer=True, scope="conversations:write")
_STAFF_WRITE = allow(scope="conversations:write")


class ConversationsView(APIView):
    """All conversations that an integration may see."""

    permission_classes = (allow(scope="conversations:read"),)

    @extend_schema(
        operation_id="list_conversations",
        tags=["conversations"],
        parameters=[
            OpenApiParameter("state", str, enum=Conversation.State.values),
            OpenApiParameter("inbox", str, description="An inbox key."),
            OpenApiParameter("page", int),
            OpenApiParameter("page_size", int),
        ],
        responses={200: s.ConversationListOutput, **errors(400, 401, 403, 404)},
    )
    def get(self, request: Request) -> Response:
        """Conversations, the most recently changed first."""
        rows = queries.listed(reach(request))
        if state := request.query_params.get("state"):
            if state not in Conversation.State.values:
                message = f"must be one of {', '.join(Conversation.State.values)}"
                raise Invalid(f"state {message}.", [{"field": "state", "message": message}])
            rows = rows.filter(state=state)
        if key := request.query_params.get("inbox"):
            inbox = Inbox.objects.filter(key=key).first() if storable(key) else None
            if inbox is None:
                raise Invalid("There is no such inbox.", [{"field": "inbox", "message": "is not an inbox's key"}])
            rows = rows.filter(inbox=inbox)
        pages = Pagination()
        page = pages.paginate_queryset(rows, request, view=self) or []
        return pages.get_paginated_response([queries.view(row) for row in page])


class ConversationView(APIView):
    """One conversation."""

    permission_classes = (_READ,)

    @extend_schema(
        operation_id="read_conversation",
        tags=["conversations"],
        responses={200: s.ConversationOutput, **errors(401, 403, 404)},
    )
    def get(self, request: Request, conversation_id: UUID) -> Response:
        """The conversation; one that is only reserved has `last_seq` 0."""
        return Response(view_of(request, conversation_id))


class _ActionView(APIView):
    """A POST that changes who is in charge."""

    permission_classes = (_WRITE,)

    def conversation_id(self, request: Request, conversation_id: UUID) -> UUID:
        view_of(request, conversation_id)
        return conversation_id


class HandoffView(_ActionView):
    """Asking for a person."""

    @extend_schema(
        operation_id="request_handoff",
        tags=["conversations"],
        request=s.ReasonSerializer,
        responses={200: s.ConversationOutput, **errors(400, 401, 403, 404, 409)},
    )
    def post(self, request: Request, conversation_id: UUID) -> Response:
        """Put the conversation into the queue for a person; outside opening hours the customer is told."""
        self.conversation_id(request, conversation_id)
        reason = valid(s.ReasonSerializer, request.data)["reason"]
        where: Any = conversation_id
        if isinstance(request.auth, Caller):
            where = customer.place_of(request.auth, conversation_id)
        return Response(perform_sync(actions.request_handoff, where, reason).view)


class CloseView(_ActionView):
    """Ending a conversation."""

    @extend_schema(
        operation_id="close_conversation",
        tags=["conversations"],
        request=s.ReasonSerializer,
        responses={200: s.ConversationOutput, **errors(400, 401, 403, 404)},
    )
    def post(self, request: Request, conversation_id: UUID) -> Response:
        """Close the conversation; a message from the customer reopens it."""
        self.conversation_id(request, conversation_id)
        valid(s.ReasonSerializer, request.data)
        return Response(perform_sync(actions.close, conversation_id).view)


class ClaimView(_ActionView):
    """Taking over."""

    permission_classes = (_STAFF_WRITE,)

    @extend_schema(
        operation_id="claim_conversation",
        tags=["conversations"],
        request=s.ClaimSerializer,
        responses={200: s.ConversationOutput, **errors(400, 401, 403, 404, 409)},
    )
    def post(self, request: Request, conversation_id: UUID) -> Response:
        """Take the conversation over for a human agent; from then on the AI adds nothing."""
        self.conversation_id(request, conversation_id)
        user = human_agent(valid(s.ClaimSerializer, request.data)["human_agent"])
        return Response(perform_sync(actions.claim, conversation_id, user).view)


class RepliesView(_ActionView):
    """What people write."""

    permission_classes = (_STAFF_WRITE,)

    @extend_schema(
        operation_id="reply_to_conversation",
        tags=["conversations"],
        request=s.ReplySerializer,
        responses={201: s.SingleMessageOutput, 200: s.SingleMessageOutput, **errors(400, 401, 403, 404, 409)},
    )
    def post(self, request: Request, conversation_id: UUID) -> Response:
        """Reply as the human agent who holds the conversation; 409 with what they have not seen yet."""
        self.conversation_id(request, conversation_id)
        body = valid(s.ReplySerializer, request.data)
        user = human_agent(body["human_agent"])
        change = perform_sync(
            actions.reply, conversation_id, user, body["client_id"], body["text"], body["last_seen_seq"]
        )
        assert change.message is not None
        return Response({"message": shapes.message(change.message)}, status=200 if change.duplicate else 201)


class ReleaseView(_ActionView):
    """Handing back."""

    permission_classes = (_STAFF_WRITE,)

    @extend_schema(
        operation_id="release_conversation",
        tags=["conversations"],
        request=None,
        responses={200: s.ConversationOutput, **errors(401, 403, 404, 409)},
    )
    def post(self, request: Request, conversation_id: UUID) -> Response:
        """Give the conversation back to the agent."""
        self.conversation_id(request, conversation_id)
        return Response(perform_sync(actions.release, conversation_id, runs.owner()).view)


# -- Messages -----------------------------------------------------------------------------------


class MessagesView(APIView):
    """The messages of a conversation."""

    def get_permissions(self) -> list[Any]:
        permission = allow(customer=True) if self.request.method == "POST" else _READ
        return [permission()]

    @extend_schema(
        operation_id="list_messages",
        tags=["messages"],
        parameters=[
            OpenApiParameter("after", int, description="Only messages with a higher seq."),
            OpenApiParameter("limit", int, description="At most so many, up to 500."),
        ],
        responses={200: s.MessageListOutput, **errors(400, 401, 403, 404)},
    )
    def get(self, request: Request, conversation_id: UUID) -> Response:
        """Messages in order; `last_seq` is the conversation's."""
        after = integer(request, "after", 0, MAX_SEQ)
        limit = integer(request, "limit", queries.PAGE, queries.PAGE)
        last_seq = view_of(request, conversation_id)["last_seq"]
        return Response({"results": queries.messages_after(conversation_id, after, limit), "last_seq": last_seq})

    @extend_schema(
        operation_id="send_message",
        tags=["messages"],
        request=s.SendSerializer,
        parameters=[OpenApiParameter("wait", int, description="Also wait so many seconds (0 to 60) for the answer.")],
        responses={201: s.SentOutput, 200: s.SentOutput, **errors(400, 401, 404, 409)},
    )
    def post(self, request: Request, conversation_id: UUID) -> HttpResponseBase:
        """Send a message as the customer. The same `client_id` again gives the first message, with 200."""
        caller = caller_of(request)
        wait = integer(request, "wait", 0, MAX_WAIT_SECONDS)
        where = customer.place_of(caller, conversation_id)
        body = valid(s.SendSerializer, request.data)
        change = perform_sync(customer.send, caller, where, body["client_id"], body["text"])
        assert change.message is not None
        status = 200 if change.duplicate else 201
        answer = {"message": shapes.message(change.message)}
        if "wait" not in request.query_params:
            return Response(answer, status=status)
        return StreamingHttpResponse(
            _with_replies(answer, conversation_id, wait), status=status, content_type="application/json"
        )


async def _with_replies(answer: dict[str, Any], conversation_id: UUID, wait: int) -> AsyncIterator[str]:
    answer["replies"] = await streams.replies(conversation_id, answer["message"]["seq"], wait)
    yield json.dumps(answer, ensure_ascii=False)


class _AnyAccept(BaseContentNegotiation):
    """The stream is what it is, whatever the client says it accepts."""

    def select_renderer(self, request: Any, renderers: Any, format_suffix: Any = None) -> Any:
        return renderers[0], renderers[0].media_type

    def select_parser(self, request: Any, parsers: Any) -> Any:
        return parsers[0]


class EventsView(APIView):
    """A conversation as it happens."""

    permission_classes = (allow(customer=True),)
    content_negotiation_class = _AnyAccept

    @extend_schema(
        operation_id="follow_conversation",
        tags=["messages"],
        parameters=[
            OpenApiParameter("after", int, description="The last seq you have."),
            OpenApiParameter("Last-Event-ID", int, OpenApiParameter.HEADER, description="Beats `after`."),
        ],
        responses={(200, "text/event-stream"): str, **errors(400, 401, 404)},
    )
    def get(self, request: Request, conversation_id: UUID) -> HttpResponseBase:
        """Server-sent events: `data` is a frame as on the WebSocket, `id` the seq of durable ones."""
        caller = caller_of(request)
        after = integer(request, "after", 0, MAX_SEQ)
        last_id = request.headers.get("Last-Event-ID", "")
        if last_id.isascii() and last_id.isdigit() and int(last_id) <= MAX_SEQ:
            after = int(last_id)
        customer.view(caller, conversation_id)
        response = StreamingHttpResponse(
            streams.events(caller, conversation_id, after), content_type="text/event-stream"
        )
        response["Cache-Control"] = "no-cache"
        response["X-Accel-Buffering"] = "no"
        return response


class RatingView(APIView):
    """What the customer thinks of an answer."""

    permission_classes = (allow(customer=True),)

    @extend_schema(
        operation_id="rate_message",
        tags=["messages"],
        request=s.RatingSerializer,
        responses={200: s.SingleMessageOutput, **errors(400, 401, 404)},
    )
    def post(self, request: Request, message_id: UUID) -> Response:
        """Rate an answer; rating again replaces the rating."""
        caller = caller_of(request)
        row = Message.objects.filter(id=message_id, conversation__customer=caller.session.customer).first()
        if row is None:
            raise NotFound()
        body = valid(s.RatingSerializer, request.data)
        change = perform_sync(
            actions.rate, row.conversation_id, message_id, body["rating"], body["reason"], body["comment"]
        )
        assert change.message is not None
        return Response({"message": shapes.message(change.message)})
