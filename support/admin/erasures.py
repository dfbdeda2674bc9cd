"""A customer's data in the admin: take it out, erase it, and the manifests of what was erased."""

import json
from collections.abc import AsyncIterator, Iterator
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_POST

from config.common import db, events
from config.common.errors import NotFound, Unavailable
from sessions_app.models import Customer
from support.models import Erasure
from support.privacy import erasing, export, people
from support.privacy.people import Person
from support.workplaces import reach

# What is typed so that nobody erases by a slip.
WORD = "erase"


@admin.register(Erasure)
class ErasureAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Manifests are read. A person is exported and erased from their own page, which leads here."""

    nothing_yet = "Customers are erased on their own pages. Each erasure leaves a manifest here."
    list_display = ["__str__", "erased_at", "by", "rows", "short_digest"]
    list_filter = ["erased_at"]
    search_fields = ["^id", "by", "^digest"]
    search_help_text = "The beginning of a manifest's id or digest, or who erased"
    show_full_result_count = False

    @admin.display(description="Removed")
    def rows(self, row: Erasure) -> str:
        """How much went."""
        return f"{sum(row.removed.values()):,} rows"

    @admin.display(description="SHA-256")
    def short_digest(self, row: Erasure) -> str:
        """The beginning, by which manifests are told apart."""
        return f"{row.digest[:12]}…"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Erasure | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Erasure | None = None) -> bool:
        return False

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """One manifest."""
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        told = erasing.manifest(row) | {"digest": row.digest}
        return self._page(
            request,
            "manifest",
            title=str(row),
            row=row,
            removed=sorted(row.removed.items()),
            is_intact=erasing.digest_of(row) == row.digest,
            told=json.dumps(told, indent=2),
        )

    def erase_view(self, request: HttpRequest, customer_id: UUID) -> HttpResponse:
        """What would go, and whether it is to; then it is gone."""
        person = _person(request, customer_id, "support.erase_customer")
        if request.method == "POST" and request.POST.get("word", "").strip().lower() == WORD:
            return self._erase(request, person)
        try:
            counts = [(what, count) for what, count in people.counted(person).items() if count]
        except Unavailable:
            return self._away(request, person)
        return self._page(
            request,
            "erase",
            title=f"Erase {person.customer}?",
            person=person,
            counts=counts,
            word=WORD,
            is_refused=request.method == "POST",
        )

    def _erase(self, request: HttpRequest, person: Person) -> HttpResponse:
        try:
            row = erasing.erase(person.customer.id, request.user.get_username())
        except Unavailable:
            return self._away(request, person)
        except NotFound as error:
            raise Http404 from error
        self.message_user(request, "The customer was erased. This is the manifest.", messages.SUCCESS)
        if not self.has_view_permission(request, row):
            return HttpResponseRedirect(reverse("admin:sessions_app_customer_changelist"))
        return HttpResponseRedirect(reverse("admin:support_erasure_change", args=[row.pk]))

    def export_view(self, request: HttpRequest, customer_id: UUID) -> HttpResponseBase:
        """All that is kept of the person, as a file."""
        person = _person(request, customer_id, "support.export_customer")
        pieces = export.pieces(person)
        try:
            first = next(pieces)
        except Unavailable:
            return self._away(request, person)
        self.log_change(request, person.customer, "Exported")
        events.emit(events.Event.CUSTOMER_EXPORTED, customer=str(person.customer.id))
        name = f'attachment; filename="customer-{person.customer.id}.json"'
        headers = {"Content-Disposition": name, "Cache-Control": "no-store"}
        return StreamingHttpResponse(_streamed(first, pieces), content_type="application/json", headers=headers)

    def _away(self, request: HttpRequest, person: Person) -> HttpResponse:
        text = "Redis is away, so the customer's sessions cannot be reached. Nothing was done. Try again in a moment."
        self.message_user(request, text, messages.ERROR)
        return HttpResponseRedirect(reverse("admin:sessions_app_customer_change", args=[person.customer.id]))

    def _page(self, request: HttpRequest, template: str, **context: Any) -> HttpResponse:
        context = {**self.admin_site.each_context(request), "opts": self.opts, **context}
        return TemplateResponse(request, f"admin/support/erasure/{template}.html", context)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("erase/<uuid:customer_id>/", view(self.erase_view), name="support_erasure_erase"),
            path("export/<uuid:customer_id>/", view(require_POST(self.export_view)), name="support_erasure_export"),
            *super().get_urls(),
        ]


def _person(request: HttpRequest, customer_id: UUID, permission: str) -> Person:
    """The person, for whoever has the right, and works where they wrote."""
    if not request.user.has_perm(permission):
        raise PermissionDenied
    try:
        person = people.find(customer_id)
    except NotFound as error:
        raise Http404 from error
    if reach.within(Customer.objects.filter(id__in=person.ids), request.user).count() < len(person.ids):
        raise Http404
    return person


async def _streamed(first: str, rest: Iterator[str]) -> AsyncIterator[str]:
    """Piece by piece, each made on a database thread."""
    piece: str | None = first
    while piece is not None:
        yield piece
        piece = await db.run(next, rest, None)
