"""What the AI agent asked leave for, and what came of it: to be looked at, above all what broke off."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from support.admin.limited import ByInbox
from support.models import Action


@admin.register(Action)
class ActionAdmin(ByInbox):
    """Read-only: `support.tool_actions` is the only writer."""

    inbox = "conversation__inbox"

    nothing_yet = "What the AI agent asks leave for before it does it is listed here."
    list_display = ["title", "state_badge", "risk", "tool", "where", "decided_by", "created_at"]
    list_filter = ["state", "risk", "tool", "created_at"]
    list_select_related = ["decided_by"]
    list_per_page = 50
    show_full_result_count = False
    search_fields = ["title", "tool", "^id"]
    fields = [
        *("title", "state", "risk", "tool", "shown", "result", "where"),
        *("decided_by", "decided_at", "expires_at", "created_at"),
    ]
    readonly_fields = ["where"]

    @admin.display(description="State", ordering="state")
    def state_badge(self, row: Action) -> SafeString:
        """The state, in words and colour."""
        return format_html('<span class="rw-badge" data-state="{}">{}</span>', row.state, row.get_state_display())

    @admin.display(description="Conversation")
    def where(self, row: Action) -> SafeString:
        """A link to the conversation."""
        url = reverse("admin:support_conversation_change", args=[row.conversation_id])
        return format_html('<a href="{}">Open</a>', url)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
