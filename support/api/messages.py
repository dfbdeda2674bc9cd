"""The REST endpoints of messages. They validate, call, and shape; no more."""

import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config.common.bodies import errors, integer, valid, whole
from config.common.errors import NotFound
from config.common.scopes import allow
from support import actions, customer, queries, shapes
from support.api import serializers as s
from support.api import streams
from support.api.callers import caller_of, view_of
from support.models import Message
from support.perform import perform_sync
from support.protocol import MAX_SEQ

MAX_WAIT_SECONDS = 60


class MessagesView(APIView):
    """The messages of a conversation."""

    def get_permissions(self) -> list[Any]:
        permission = allow(customer=True, scope=None if self.request.method == "POST" else "conversations:read")
        return [permission()]

    @extend_schema(
        operation_id="list_messages",
        tags=["messages"],
        parameters=[
            whole("after", MAX_SEQ, "Only messages with a higher seq."),
            whole("limit", queries.PAGE, "At most so many."),
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
        parameters=[whole("wait", MAX_WAIT_SECONDS, "Also wait so many seconds for the answer.")],
        responses={201: s.SentOutput, 200: s.SentOutput, **errors(400, 401, 403, 404, 409)},
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
            whole("after", MAX_SEQ, "The last seq you have."),
            OpenApiParameter(
                "Last-Event-ID",
                str,
                OpenApiParameter.HEADER,
                description="The last `id` you have; beats `after`. What cannot be one is ignored.",
            ),
        ],
        responses={(200, "text/event-stream"): str, **errors(400, 401, 403, 404)},
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
        response["X-Accel-Buffering"] = "no"
        return response


class RatingView(APIView):
    """What the customer thinks of an answer."""

    permission_classes = (allow(customer=True),)

    @extend_schema(
        operation_id="rate_message",
        tags=["messages"],
        request=s.RatingSerializer,
        responses={200: s.SingleMessageOutput, **errors(400, 401, 403, 404)},
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
