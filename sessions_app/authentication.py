"""DRF's view of our two credentials. `request.auth` is a Caller (customer) or an ApiKey (integration)."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from config.common.audit.origin import Actor
from config.common.errors import Forbidden, NotFound, Unauthorized
from config.common.scopes import Allowed
from knowledge.audience import EVERYTHING, Audience
from sessions_app import services
from sessions_app.models import ApiKey, Inbox


def credentials(request: Any, scheme: str) -> str | None:
    """What follows `scheme` in the Authorization header, or None when it is another scheme."""
    name, _, value = request.headers.get("Authorization", "").partition(" ")
    return value.strip() if name.lower() == scheme else None


class CustomerAuthentication(BaseAuthentication):
    """`Authorization: Bearer <session token>`."""

    def authenticate(self, request: Request) -> tuple[None, services.Caller] | None:
        token = credentials(request, "bearer")
        if token is None:
            return None
        caller = services.authenticate(token)
        structlog.contextvars.bind_contextvars(session=str(caller.session.id))
        return None, caller

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="replywell"'


class Integration:
    """An API key's reach: its scopes, its inboxes."""

    inbox_ids: frozenset[UUID] | None

    def __init__(self, key: ApiKey) -> None:
        self.id = key.pk
        self.name = key.name
        self.scopes = frozenset(key.scopes)
        self.inboxes: list[Inbox] = list(key.inboxes.all())
        # A key whose inboxes were all deleted reaches none, not all.
        is_limited = key.limited or bool(self.inboxes)
        self.inbox_ids = frozenset(inbox.id for inbox in self.inboxes) if is_limited else None

    @property
    def actor(self) -> Actor:
        """Who the audit trail says it was."""
        return Actor.api_key(self.id)

    def audience(self, inbox_key: str | None = None) -> Audience:
        """Which articles the key may see: all, or those of the inbox asked for or of its own inboxes."""
        if inbox_key:
            inbox = Inbox.objects.filter(key=inbox_key).first()
            if inbox is None or (self.inbox_ids is not None and inbox.id not in self.inbox_ids):
                raise NotFound("There is no inbox with this key.")
            return inbox.audience(identified=True)
        if self.inbox_ids is None:
            return EVERYTHING
        return Audience(tags=tuple(tag for inbox in self.inboxes for tag in inbox.tags), identified=True)

    def require_unlimited(self) -> None:
        """Raise Forbidden for a key that is limited to some inboxes: what it would change serves others too."""
        if self.inbox_ids is not None:
            raise Forbidden("This key is limited to some inboxes.")


class ApiKeyAuthentication(BaseAuthentication):
    """`Authorization: Api-Key <key>`."""

    def authenticate(self, request: Request) -> tuple[None, Integration] | None:
        key = credentials(request, "api-key")
        if key is None:
            return None
        row = ApiKey.working().prefetch_related("inboxes").filter(digest=ApiKey.digest_of(key)).first()
        if row is None:
            raise Unauthorized()
        now = timezone.now()
        if row.last_used_at is None or now - row.last_used_at > timedelta(minutes=1):
            ApiKey.objects.filter(pk=row.pk).update(last_used_at=now)
        return None, Integration(row)

    def authenticate_header(self, request: Request) -> str:
        return 'Api-Key realm="replywell"'


def _permission(auto_schema: Any) -> Allowed | None:
    """Who may call the operation that is being described."""
    return next((each for each in auto_schema.view.get_permissions() if isinstance(each, Allowed)), None)


class CustomerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the customer's credential appears in the OpenAPI document."""

    target_class = CustomerAuthentication
    name = "sessionToken"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "The token of POST /api/v1/sessions."}

    def get_security_requirement(self, auto_schema: Any) -> dict[str, list[Any]] | None:  # type: ignore[override]
        permission = _permission(auto_schema)
        return {self.name: []} if permission and permission.customers else None


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How an integration's credential appears in the OpenAPI document."""

    target_class = ApiKeyAuthentication
    name = "apiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "header", "name": "Authorization", "description": "`Api-Key <key>`."}

    def get_security_requirement(self, auto_schema: Any) -> dict[str, list[Any]] | None:  # type: ignore[override]
        # OpenAPI 3.1 lets a requirement of any type name the roles that are needed.
        permission = _permission(auto_schema)
        scope = permission and permission.needed(auto_schema.method)
        return {self.name: [scope]} if scope else None
