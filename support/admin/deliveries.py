"""What webhooks were sent: the log, one delivery with request and response, and sending again."""

import json
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils import formats, timezone
from django.utils.dateparse import parse_datetime
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator

from config.common.errors import Conflict
from support.admin.limited import ByInbox
from support.models import WebhookDelivery
from support.webhooks import subscriptions
from support.webhooks.retry import MAX_ATTEMPTS
from support.webhooks.types import TEST, TYPES

_TONES = {"delivered": "is-good", "pending": "is-warning", "dead": "is-bad"}


def badge(row: WebhookDelivery) -> SafeString:
    """The state, in words and colour."""
    return format_html('<span class="rw-badge {}">{}</span>', _TONES[row.state], row.get_state_display())


class TypeFilter(admin.SimpleListFilter):
    """By the type of the event."""

    title = "event"
    parameter_name = "type"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The types there are."""
        return [(name, name) for name in (*TYPES, TEST)]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[WebhookDelivery]") -> "QuerySet[WebhookDelivery]":
        return queryset.filter(event__type=self.value()) if self.value() else queryset


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(ByInbox):
    """Read-only, but for sending again. What is about no conversation is shown to whoever works in every inbox."""

    inbox = "event__conversation__inbox"

    nothing_yet = "What webhooks are sent is listed here, and can be sent again."
    list_display = ["state_badge", "type", "to", "result", "attempts", "created_at"]
    list_display_links = ["state_badge", "type"]
    list_filter = ["state", ("webhook", admin.RelatedOnlyFieldListFilter), TypeFilter]
    list_select_related = ["webhook", "event"]
    list_per_page = 50
    show_full_result_count = False
    search_fields = ["error"]
    search_help_text = "A webhook-id (msg_…), a conversation's id, or words of an error"
    actions = ["replay"]

    class Media:
        css = {"all": ["admin_console/webhooks.css"]}

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: WebhookDelivery | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: WebhookDelivery | None = None) -> bool:
        return False

    def has_replay_permission(self, request: HttpRequest) -> bool:
        """Whether they may send again: as whoever may change webhooks."""
        return request.user.has_perm("support.change_webhook")

    def get_search_results(
        self, request: HttpRequest, queryset: "QuerySet[WebhookDelivery]", search_term: str
    ) -> "tuple[QuerySet[WebhookDelivery], bool]":
        """Ids are whole ones."""
        try:
            asked = UUID(search_term.strip().removeprefix("msg_"))
        except ValueError:
            return super().get_search_results(request, queryset, search_term)
        return queryset.filter(Q(event=asked) | Q(event__conversation=asked)), False

    @admin.display(description="State", ordering="state")
    def state_badge(self, row: WebhookDelivery) -> SafeString:
        """Delivered, waiting, or a dead letter."""
        return badge(row)

    @admin.display(description="Event", ordering="event__type")
    def type(self, row: WebhookDelivery) -> str:
        """What it tells of."""
        return row.event.type

    @admin.display(description="Webhook", ordering="webhook")
    def to(self, row: WebhookDelivery) -> str:
        """Which webhook; an address may be long."""
        return Truncator(str(row.webhook)).chars(60)

    @admin.display(description="Last result")
    def result(self, row: WebhookDelivery) -> SafeString | str:
        """How the last attempt went, and when the next one is made."""
        if not row.error:
            return f"{row.status}" if row.status else "–"
        waits = row.state == WebhookDelivery.State.PENDING
        next_at = formats.date_format(timezone.localtime(row.next_at), "DATETIME_FORMAT") if waits else ""
        return format_html(
            '<span class="rw-problem">{}</span>{}',
            row.error,
            format_html('<span class="rw-url">again from {}</span>', next_at) if waits else "",
        )

    @admin.action(description="Send again", permissions=["replay"])
    def replay(self, request: HttpRequest, queryset: "QuerySet[WebhookDelivery]") -> None:
        """Send deliveries again, with the same webhook-id."""
        sent, refused = 0, 0
        for row in queryset:
            try:
                subscriptions.replay(row.pk)
                sent += 1
            except Conflict:
                refused += 1
        if sent:
            self.message_user(request, f"{sent} to be sent again now.", messages.SUCCESS)
        if refused:
            text = f"{refused} not sent: the webhook is switched off. Switch it on first."
            self.message_user(request, text, messages.WARNING)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """One delivery; its button sends it again."""
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        if request.method == "POST":
            if not self.has_replay_permission(request):
                raise PermissionDenied
            self.replay(request, WebhookDelivery.objects.filter(pk=row.pk))
            return HttpResponseRedirect(request.path)
        context = self.admin_site.each_context(request) | {
            "title": row.event.type,
            "opts": self.opts,
            "row": row,
            "badge": badge(row),
            "body": json.dumps(json.loads(row.event.body), indent=2, ensure_ascii=False),
            "attempts": [line | {"at": parse_datetime(line["at"])} for line in reversed(row.log)],
            "max_attempts": MAX_ATTEMPTS,
            "may_replay": self.has_replay_permission(request),
        }
        return TemplateResponse(request, "admin/support/webhookdelivery/delivery.html", context)
