"""The REST endpoints of conversations. They validate, call, and shape; no more."""

from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config.common.api import Pagination
from config.common.bodies import choice, errors, invalid, text, valid, words
from config.common.scopes import allow
from sessions_app.models import Inbox
from sessions_app.services import Caller
from support import actions, customer, queries, runs, shapes
from support.api import serializers as s
from support.api.callers import reach, view_of
from support.models import Conversation
from support.perform import perform_sync


def human_agent(username: str) -> Any:
    """The member of staff of that name who may take conversations over; Invalid when there is none."""
    user = get_user_model().objects.filter(username=username, is_active=True, is_staff=True).first()
    if user is None or not user.has_perm("support.change_conversation"):
        raise invalid("human_agent", "is not a human agent of this installation")
    return user


MISSED = ["true", "false"]
MAX_KEY = 64
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
            words("inbox", MAX_KEY, "An inbox key."),
            OpenApiParameter("missed", str, enum=MISSED, description="Whether `missed_at` is set."),
            *Pagination.PARAMETERS,
        ],
        responses={200: s.ConversationListOutput, **errors(400, 401, 403, 404)},
    )
    def get(self, request: Request) -> Response:
        """Conversations, the most recently changed first."""
        rows = queries.listed(reach(request))
        if state := choice(request, "state", Conversation.State.values):
            rows = rows.filter(state=state)
        if key := text(request, "inbox", MAX_KEY):
            inbox = Inbox.objects.filter(key=key).first()
            if inbox is None:
                raise invalid("inbox", "is not an inbox's key")
            rows = rows.filter(inbox=inbox)
        if missed := choice(request, "missed", MISSED):
            rows = rows.filter(missed_at__isnull=missed == "false")
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
