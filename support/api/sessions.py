"""The REST endpoints of sessions. They validate, call, and shape; no more."""

from typing import Any
from uuid import UUID

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config.common import address
from config.common.bodies import errors, valid
from config.common.errors import NotFound
from config.common.ratelimit import Policy
from config.common.scopes import Anyone, allow
from sessions_app import services, tokens, verified
from sessions_app.records import Session
from sessions_app.services import Caller
from support import customer, sessions, shapes
from support.api import serializers as s
from support.api.callers import caller_of

# Without Redis there are no new sessions anyway: better to say so before anything is done.
SESSIONS = Policy("sessions", settings.RATE_LIMIT_SESSIONS, fail_open=False)


def session_view(session: Session, who: Any) -> dict[str, Any]:
    """A session with its present token."""
    claims = session.claims
    return {
        "id": str(session.id),
        "token": tokens.sign(claims),
        "expires_at": shapes.moment(claims.expires_at),
        "conversation_id": str(session.conversation),
        "customer": shapes.customer(who, verified.address_of(who.id)),
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
        SESSIONS.check(address.limit_key(address.of_request(request)))
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

    @extend_schema(
        operation_id="read_session", tags=["sessions"], responses={200: s.SessionOutput, **errors(401, 403, 404)}
    )
    def get(self, request: Request, session_id: UUID) -> Response:
        """The session with its present token."""
        caller = self._own(request, session_id)
        return Response(session_view(caller.session, customer.who(caller)))

    @extend_schema(operation_id="end_session", tags=["sessions"], responses={204: None, **errors(401, 403, 404)})
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
        responses={200: s.SessionOutput, **errors(401, 403, 404)},
    )
    def post(self, request: Request, session_id: UUID) -> Response:
        """A new token, valid for an hour; the present one lives 25 seconds more."""
        caller = self._own(request, session_id)
        return Response(session_view(services.refresh(caller), customer.who(caller)))
