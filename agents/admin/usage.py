"""What lists of configured tools have in common: how each is doing, and that a change counts at once."""

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db import transaction
from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Now
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from agents import toolbox
from agents.models import ToolCall
from agents.registry import registry
from config.common.audit.noting import Noting

TROUBLE_DAYS = 7


class UsageAdmin(Noting):
    """A list of tools with their last call and their recent trouble."""

    def get_queryset(self, request: HttpRequest) -> Any:
        """With what the recorded calls say of each."""
        calls = ToolCall.objects.filter(tool=OuterRef("name")).order_by()
        recent = calls.exclude(state=ToolCall.State.DONE).filter(created_at__gte=Now() - timedelta(days=TROUBLE_DAYS))
        last = calls.order_by("-created_at").values("created_at")[:1]
        trouble = recent.values("tool").annotate(count=Count("pk")).values("count")
        return super().get_queryset(request).annotate(last_call=Subquery(last), trouble=Subquery(trouble))

    @admin.display(description="State", ordering="enabled")
    def state_badge(self, row: Any) -> SafeString:
        """Whether the agent may use it, and why not."""
        tone, text = self.state_of(row)
        return format_html('<span class="rw-badge {}">{}</span>', tone, text)

    def state_of(self, row: Any) -> tuple[str, str]:
        """(class of the badge, what it says)."""
        if row.name in registry():
            return "is-bad", "Name taken by the code"
        return ("is-good", "In use") if row.enabled else ("", "Off")

    @admin.display(description="Risk", ordering="risk")
    def risk_badge(self, row: Any) -> SafeString:
        """Whether it reads, or who is asked first."""
        text = {"read": "Reads", "write": "Customer confirms", "approval": "Colleague approves"}[row.risk]
        return format_html('<span class="rw-badge {}">{}</span>', "" if row.risk == "read" else "is-warning", text)

    @admin.display(description="Last call", ordering="last_call", empty_value="Never")
    def called(self, row: Any) -> Any:
        """When it was called last."""
        return row.last_call

    @admin.display(description=f"Failed ({TROUBLE_DAYS} days)", ordering="trouble")
    def failures(self, row: Any) -> SafeString | str:
        """How many calls went wrong lately, with a link to the tool's calls."""
        if not row.trouble:
            return "0"
        calls = reverse("admin:agents_toolcall_changelist")
        return format_html('<a class="rw-alarm" href="{}?tool={}">{}</a>', calls, row.name, row.trouble)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        transaction.on_commit(toolbox.forget)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        super().delete_model(request, obj)
        transaction.on_commit(toolbox.forget)
