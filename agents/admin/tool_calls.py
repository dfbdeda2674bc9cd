"""The recorded calls of all tools. Nothing is changed here."""

import json
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from agents.models import ToolCall

_TONES = {"done": "is-good", "failed": "is-warning", "unknown": "is-bad"}


@admin.register(ToolCall)
class ToolCallAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Who called what, when, and how it ended."""

    nothing_yet = "Each call of a tool is listed here, with how it ended and what the model was told."
    list_display = ["created_at", "tool", "state_badge", "risk", "took", "run"]
    list_filter = ["state", "tool", "created_at"]
    list_per_page = 50
    ordering = ["-created_at"]
    show_full_result_count = False
    search_fields = ["=run", "tool"]
    search_help_text = "The tool's name, or the id of a run"
    fields = ["tool", "state_badge", "risk", "created_at", "took", "arguments_text", "result_text", "run", "call"]

    class Media:
        css = {"all": ["admin_console/connectors.css"]}

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description="State", ordering="state")
    def state_badge(self, row: ToolCall) -> SafeString:
        """How it ended."""
        return format_html('<span class="rw-badge {}">{}</span>', _TONES[row.state], row.get_state_display())

    @admin.display(description="Took", ordering="took_ms")
    def took(self, row: ToolCall) -> str:
        """How long, in milliseconds."""
        return f"{row.took_ms:,.0f} ms"

    @admin.display(description="Arguments")
    def arguments_text(self, row: ToolCall) -> SafeString:
        """The arguments; secret ones were blacked out before they were kept."""
        return format_html('<pre class="rw-wire">{}</pre>', json.dumps(row.arguments, ensure_ascii=False, indent=2))

    @admin.display(description="What the model was told")
    def result_text(self, row: ToolCall) -> SafeString:
        """The result."""
        return format_html('<pre class="rw-wire">{}</pre>', row.result)
