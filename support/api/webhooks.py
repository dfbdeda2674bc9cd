"""The REST endpoints of webhooks. They validate, call, and shape; no more."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config.common.api import Pagination
from config.common.bodies import choice, errors, valid
from config.common.errors import NotFound
from config.common.scopes import allow
from support.api import webhook_serializers as s
from support.api.callers import reach
from support.webhooks import queries, shapes, subscriptions
from support.webhooks.models import Webhook, WebhookDelivery
from support.webhooks.subscriptions import Wish
from support.webhooks.types import TEST, TYPES


class _WebhookView(APIView):
    """What integrations with the scope may do with the webhooks of their own inboxes."""

    permission_classes = (allow(scope="webhooks:write"),)

    def webhook(self, request: Request, webhook_id: UUID) -> Webhook:
        """The webhook, if the caller may see it; NotFound otherwise."""
        return queries.find(webhook_id, reach(request))

    def delivery(self, request: Request, webhook_id: UUID, delivery_id: int) -> WebhookDelivery:
        """One of its deliveries; NotFound otherwise."""
        rows = queries.deliveries(self.webhook(request, webhook_id))
        row = rows.filter(pk=delivery_id).first()
        if row is None:
            raise NotFound()
        return row

    def page(self, request: Request, rows: "QuerySet[Any]", shape: Any) -> Response:
        """A page of a list."""
        pages = Pagination()
        page = pages.paginate_queryset(rows, request, view=self) or []
        return pages.get_paginated_response([shape(row) for row in page])


def _wish(request: Request, *, partial: bool = False) -> Wish:
    """What the body asks for. A key that is limited to inboxes cannot reach beyond them."""
    body = valid(s.WebhookInput, request.data, partial=partial)
    mine = reach(request)
    if "inboxes" in body or not partial:
        inboxes = body.get("inboxes")
        wanted = None if inboxes is None else [inbox.id for inbox in inboxes]
        if mine is not None:
            wanted = list(mine) if wanted is None else wanted
            # The same answer as for a key that no inbox has.
            for inbox in inboxes or []:
                if inbox.id not in mine:
                    raise ValidationError({"inboxes": [f"“{inbox.key}” is not an inbox's key"]})
        body["inboxes"] = wanted
    return Wish(**body)


class WebhooksView(_WebhookView):
    """All webhooks that an integration may see."""

    @extend_schema(
        operation_id="list_webhooks",
        tags=["webhooks"],
        parameters=[*Pagination.PARAMETERS],
        responses={200: s.WebhookListOutput, **errors(400, 401, 403, 404)},
    )
    def get(self, request: Request) -> Response:
        """Webhooks, the oldest first. A key that is limited to inboxes sees those that are told of no other one."""
        return self.page(request, queries.visible(reach(request)), shapes.webhook)

    @extend_schema(
        operation_id="create_webhook",
        tags=["webhooks"],
        request=s.WebhookInput,
        responses={201: s.WebhookWithSecretOutput, **errors(400, 401, 403, 409)},
    )
    def post(self, request: Request) -> Response:
        """Create a webhook. The secret that signs its deliveries is in this answer only."""
        webhook, secret = subscriptions.create(_wish(request))
        return Response(shapes.webhook(webhook) | {"secret": secret}, status=201)


class WebhookView(_WebhookView):
    """One webhook."""

    @extend_schema(
        operation_id="read_webhook", tags=["webhooks"], responses={200: s.WebhookOutput, **errors(401, 403, 404)}
    )
    def get(self, request: Request, webhook_id: UUID) -> Response:
        """The webhook, without its secret."""
        return Response(shapes.webhook(self.webhook(request, webhook_id)))

    @extend_schema(
        operation_id="change_webhook",
        tags=["webhooks"],
        request=s.WebhookInput,
        responses={200: s.WebhookOutput, **errors(400, 401, 403, 404)},
    )
    def patch(self, request: Request, webhook_id: UUID) -> Response:
        """Change some fields. Switched on again, it is sent what waits for it."""
        self.webhook(request, webhook_id)
        return Response(shapes.webhook(subscriptions.change(webhook_id, _wish(request, partial=True))))

    @extend_schema(operation_id="delete_webhook", tags=["webhooks"], responses={204: None, **errors(401, 403, 404)})
    def delete(self, request: Request, webhook_id: UUID) -> Response:
        """Delete the webhook with its deliveries, also those that wait."""
        self.webhook(request, webhook_id)
        subscriptions.delete(webhook_id)
        return Response(status=204)


class WebhookSecretView(_WebhookView):
    """A new secret."""

    @extend_schema(
        operation_id="rotate_webhook_secret",
        tags=["webhooks"],
        request=None,
        responses={200: s.WebhookWithSecretOutput, **errors(401, 403, 404)},
    )
    def post(self, request: Request, webhook_id: UUID) -> Response:
        """Make a new secret, which is in this answer only. For 24 hours deliveries are signed with both."""
        self.webhook(request, webhook_id)
        webhook, secret = subscriptions.rotate(webhook_id)
        return Response(shapes.webhook(webhook) | {"secret": secret})


class WebhookTestView(_WebhookView):
    """Trying it out."""

    @extend_schema(
        operation_id="test_webhook",
        tags=["webhooks"],
        request=None,
        responses={202: s.DeliveryOutput, **errors(401, 403, 404, 409)},
    )
    def post(self, request: Request, webhook_id: UUID) -> Response:
        """Send a `webhook.test` event; the delivery says how it goes. 409 when the webhook is switched off."""
        self.webhook(request, webhook_id)
        return Response(shapes.delivery(subscriptions.test(webhook_id)), status=202)


class DeliveriesView(_WebhookView):
    """What a webhook was sent."""

    @extend_schema(
        operation_id="list_deliveries",
        tags=["webhooks"],
        parameters=[
            OpenApiParameter("state", str, enum=WebhookDelivery.State.values),
            OpenApiParameter("type", str, enum=[*TYPES, TEST]),
            *Pagination.PARAMETERS,
        ],
        responses={200: s.DeliveryListOutput, **errors(400, 401, 403, 404)},
    )
    def get(self, request: Request, webhook_id: UUID) -> Response:
        """Deliveries, the newest first."""
        rows = queries.deliveries(self.webhook(request, webhook_id))
        filters = {
            "state": choice(request, "state", WebhookDelivery.State.values),
            "event__type": choice(request, "type", [*TYPES, TEST]),
        }
        rows = rows.filter(**{name: value for name, value in filters.items() if value is not None})
        return self.page(request, rows, shapes.delivery)


class DeliveryView(_WebhookView):
    """One delivery."""

    @extend_schema(
        operation_id="read_delivery",
        tags=["webhooks"],
        responses={200: s.DeliveryDetailOutput, **errors(401, 403, 404)},
    )
    def get(self, request: Request, webhook_id: UUID, delivery_id: int) -> Response:
        """The delivery with what is sent, each attempt, and the beginning of the last response."""
        return Response(shapes.delivery_detail(self.delivery(request, webhook_id, delivery_id)))


class ReplayView(_WebhookView):
    """Sending it once more."""

    @extend_schema(
        operation_id="replay_delivery",
        tags=["webhooks"],
        request=None,
        responses={202: s.DeliveryOutput, **errors(401, 403, 404, 409)},
    )
    def post(self, request: Request, webhook_id: UUID, delivery_id: int) -> Response:
        """Send the delivery again, now, with the same `webhook-id`. 409 when the webhook is switched off."""
        row = self.delivery(request, webhook_id, delivery_id)
        return Response(shapes.delivery(subscriptions.replay(row.pk)), status=202)
