"""Conversations in the admin: the live queue, the list of all of them, and one conversation. Nothing is edited here;
what staff do goes through `support.admin.endpoints`."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.template.response import TemplateResponse
from django.urls import URLPattern
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from support import queries
from support.admin import asking, citing, endpoints
from support.admin.limited import ByInbox
from support.models import Conversation

# Without any parameter the list is the live queue; `?all=1` asks for the table, as does every filter of it.
ALL = "all"


class AllConversations(ChangeList):
    """The table of all conversations."""

    def get_filters_params(self, params: dict[str, Any] | None = None) -> dict[str, Any]:
        """What filters; the parameter that asks for the table does not."""
        filters: dict[str, Any] = super().get_filters_params(params)
        filters.pop(ALL, None)
        return filters


@admin.register(Conversation)
class ConversationAdmin(ByInbox):
    """Read-only: `support.actions` is the only writer."""

    nothing_yet = "They begin when a customer writes in the chat of an inbox."
    list_display = ["who", "state_badge", "inbox", "assignee", "messages", "updated_at"]
    list_filter = [
        "state",
        ("inbox", admin.RelatedOnlyFieldListFilter),
        ("assignee", admin.RelatedOnlyFieldListFilter),
        "created_at",
    ]
    list_select_related = ["inbox", "customer", "assignee"]
    list_per_page = 50
    show_full_result_count = False
    search_fields = ["customer__name", "customer__email", "customer__sub", "^id"]
    search_help_text = "Customer's name, e-mail address or id, or the beginning of a conversation's id"

    @admin.display(description="Customer", ordering="customer__name")
    def who(self, row: Conversation) -> str:
        """The customer, who is what people recognise a conversation by."""
        return str(row.customer)

    @admin.display(description="State", ordering="state")
    def state_badge(self, row: Conversation) -> SafeString:
        """The state, in words and colour."""
        return format_html('<span class="rw-badge" data-state="{}">{}</span>', row.state, row.get_state_display())

    @admin.display(description="Messages", ordering="last_seq")
    def messages(self, row: Conversation) -> int:
        """How many there are: they are numbered without gaps."""
        return row.last_seq

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Conversation | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Conversation | None = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        return asking.urls() + citing.urls() + endpoints.urls() + super().get_urls()

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return AllConversations

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The live queue, or the table of all conversations."""
        if request.GET:
            return super().changelist_view(request, extra_context)
        self._require_view(request)
        context = self._context(request) | {
            "title": "Queue",
            "waiting": {"conversations": queries.waiting(request.user), "now": timezone.now()},
        }
        return TemplateResponse(request, "admin/support/conversation/queue.html", context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """One conversation, live."""
        if request.method != "GET":
            return HttpResponseNotAllowed(["GET"])
        self._require_view(request)
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404
        context = self._context(request) | {
            "title": str(row.customer),
            "conversation": row,
            "may_change": request.user.has_perm("support.change_conversation"),
        }
        return TemplateResponse(request, "admin/support/conversation/conversation.html", context)

    def _require_view(self, request: HttpRequest) -> None:
        if not request.user.has_perm("support.view_conversation"):
            raise PermissionDenied

    def _context(self, request: HttpRequest) -> dict[str, Any]:
        return {**self.admin_site.each_context(request), "opts": self.opts}
