"""Webhooks in the admin: the list, the form, a test event, a new secret, which is shown once."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from config.common.audit.actions import Action
from config.common.audit.noting import NotingDeletions
from config.common.errors import Conflict
from support.admin.webhook_form import WebhookForm
from support.models import Webhook, WebhookDelivery
from support.webhooks import subscriptions
from support.webhooks.limits import ROTATION_HOURS

State = WebhookDelivery.State


@admin.register(Webhook)
class WebhookAdmin(NotingDeletions):
    """`support.webhooks.subscriptions` writes; here people say what."""

    form = WebhookForm
    deletion = Action.WEBHOOK_DELETED
    nothing_yet = "A webhook tells another program what happens here, such as a customer who waits."
    list_display = ["name", "state_badge", "events", "where", "waiting", "dead"]
    list_filter = ["enabled"]
    search_fields = ["description", "url"]
    fieldsets = [
        (None, {"fields": ["url", "description", "enabled"]}),
        ("What it is told of", {"fields": ["types", "every_inbox", "inboxes"]}),
    ]

    class Media:
        css = {"all": ["admin_console/inbox.css", "admin_console/webhooks.css"]}

    def get_queryset(self, request: HttpRequest) -> Any:
        """With the number of deliveries that wait, and of dead letters."""
        counts = {
            name: Count("deliveries", filter=Q(deliveries__state=state))
            for name, state in (("waiting_count", State.PENDING), ("dead_count", State.DEAD))
        }
        return super().get_queryset(request).prefetch_related("inboxes").annotate(**counts)

    @admin.display(description="Webhook", ordering="description")
    def name(self, row: Webhook) -> SafeString:
        """What it is for, and where it leads."""
        if not row.description:
            return format_html("{}", row.url)
        return format_html('{}<br><span class="rw-url">{}</span>', row.description, row.url)

    @admin.display(description="State", ordering="enabled")
    def state_badge(self, row: Webhook) -> SafeString:
        """On, in trouble since when, or off and why."""
        if not row.enabled:
            tone = "" if row.disabled_reason == Webhook.Disabled.BY_HAND else "is-bad"
            return format_html('<span class="rw-badge {}">{}</span>', tone, row.get_disabled_reason_display() or "Off")
        tone, text = ("is-warning", "Failing") if row.failing_since else ("is-good", "On")
        return format_html('<span class="rw-badge {}">{}</span>', tone, text)

    @admin.display(description="Events")
    def events(self, row: Webhook) -> str:
        """The types, readable."""
        return ", ".join(row.types) or "everything"

    @admin.display(description="Inboxes")
    def where(self, row: Webhook) -> str:
        """The inboxes, readable."""
        return "every inbox" if row.every_inbox else ", ".join(inbox.name for inbox in row.inboxes.all()) or "none left"

    @admin.display(description="Waiting", ordering="waiting_count")
    def waiting(self, row: Any) -> SafeString:
        """How many deliveries wait; a link to them."""
        return self._count(row, row.waiting_count, State.PENDING)

    @admin.display(description="Dead letters", ordering="dead_count")
    def dead(self, row: Any) -> SafeString:
        """How many were given up; a link to them."""
        return self._count(row, row.dead_count, State.DEAD)

    def _count(self, row: Webhook, count: int, state: str) -> SafeString:
        log = reverse("admin:support_webhookdelivery_changelist")
        alarm = "rw-alarm" if count and state == State.DEAD else ""
        return format_html(
            '<a class="{}" href="{}?webhook__id__exact={}&amp;state__exact={}">{}</a>', alarm, log, row.pk, state, count
        )

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """One at a time: after saving, there is the secret to copy."""
        buttons = {"show_save_and_continue": False, "show_save_and_add_another": False}
        return super().add_view(request, form_url, {**buttons, **(extra_context or {})})

    def save_model(self, request: HttpRequest, obj: Webhook, form: Any, change: bool) -> None:
        if change:
            subscriptions.change(obj.pk, form.wish())
            return
        row, request.webhook_secret = subscriptions.create(form.wish())  # type: ignore[attr-defined]
        obj.pk = row.pk
        obj.refresh_from_db()

    def response_add(self, request: HttpRequest, obj: Webhook, post_url_continue: str | None = None) -> HttpResponse:
        """The secret, in this answer only: a message would keep it in a cookie."""
        return self._secret_page(request, obj, request.webhook_secret)  # type: ignore[attr-defined]

    def _secret_page(self, request: HttpRequest, row: Webhook, secret: str, hours: int = 0) -> HttpResponse:
        context = self.admin_site.each_context(request) | {
            "title": "Copy the secret now",
            "opts": self.opts,
            "row": row,
            "secret": secret,
            "old_signs_hours": hours,
        }
        return TemplateResponse(request, "admin/support/webhook/secret.html", context)

    def get_urls(self) -> list[URLPattern]:
        views = {"test": self.test_view, "rotate": self.rotate_view}
        routes = [
            path(f"<uuid:webhook_id>/{name}/", self.admin_site.admin_view(view), name=f"support_webhook_{name}")
            for name, view in views.items()
        ]
        return routes + super().get_urls()

    def _asked(self, request: HttpRequest, webhook_id: Any) -> Webhook | None:
        """The webhook that a button of its page was pressed for; None when the request is no such press."""
        if request.method != "POST":
            return None
        row: Webhook | None = self.get_object(request, str(webhook_id))
        if row is None:
            raise Http404
        if not self.has_change_permission(request, row):
            raise PermissionDenied
        return row

    def test_view(self, request: HttpRequest, webhook_id: Any) -> HttpResponse:
        """Send a test event, and show how it goes."""
        row = self._asked(request, webhook_id)
        if row is None:
            return HttpResponseNotAllowed(["POST"])
        try:
            delivery = subscriptions.test(row.pk)
        except Conflict as error:
            self.message_user(request, error.detail, messages.ERROR)
            return HttpResponseRedirect(reverse("admin:support_webhook_change", args=[row.pk]))
        return HttpResponseRedirect(reverse("admin:support_webhookdelivery_change", args=[delivery.pk]))

    def rotate_view(self, request: HttpRequest, webhook_id: Any) -> HttpResponse:
        """Make a new secret, and show it once."""
        row = self._asked(request, webhook_id)
        if row is None:
            return HttpResponseNotAllowed(["POST"])
        row, secret = subscriptions.rotate(row.pk)
        self.log_change(request, row, "New secret")
        return self._secret_page(request, row, secret, ROTATION_HOURS)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Deliveries go along; there may be too many to name."""
        counts = {"webhooks": len(objs), "deliveries": WebhookDelivery.objects.filter(webhook__in=objs).count()}
        return [str(row) for row in objs], counts, set(), []
