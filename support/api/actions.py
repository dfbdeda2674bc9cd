"""The REST endpoints of tool calls that wait for the customer's word."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config.common import address
from config.common.bodies import errors, valid
from config.common.scopes import allow
from support import customer, queries, shapes
from support.api import serializers as s
from support.api.callers import caller_of
from support.perform import perform_sync


class _DecisionView(APIView):
    """The customer's word. Saying it again changes nothing."""

    permission_classes = (allow(customer=True),)

    def decide(self, request: Request, action_id: UUID, word: customer.Word) -> Response:
        caller = caller_of(request)
        perform_sync(customer.decide, caller, action_id, word)
        return Response(shapes.action(queries.action_of_customer(action_id, caller.session.customer)))


class ConfirmView(_DecisionView):
    """Yes."""

    @extend_schema(
        operation_id="confirm_action",
        tags=["actions"],
        request=s.ConfirmSerializer,
        responses={200: s.ActionOutput, **errors(400, 401, 403, 404, 409, 503)},
    )
    def post(self, request: Request, action_id: UUID) -> Response:
        """Let the agent make the tool call that it asked for. What came of it is told in a message.

        An action with `verification` waits for a proof: without a `code` one is sent, to `email` or to the address that is
        known; with the right `code` the address is proven.
        """
        body = valid(s.ConfirmSerializer, request.data)
        return self.decide(request, action_id, customer.Word(True, client=address.of_request(request), **body))


class DeclineView(_DecisionView):
    """No."""

    @extend_schema(
        operation_id="decline_action",
        tags=["actions"],
        request=None,
        responses={200: s.ActionOutput, **errors(401, 403, 404, 409)},
    )
    def post(self, request: Request, action_id: UUID) -> Response:
        """Do not let the agent make the tool call that it asked for."""
        return self.decide(request, action_id, customer.Word(False))
