"""Notifications in the admin: a page for each inbox says whom it tells, what was sent, and tries it out."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from config.common.audit.noting import Noting
from sessions_app.hours_admin import WeeksShown, lines
from sessions_app.models import Inbox
from support.admin import undelivered
from support.admin.limited import ByInbox
from support.admin.notification_form import NotificationForm
from support.models import Notification, NotificationPlan
from support.notifications import recipients, sending, waiting
from support.workplaces import reach

SHOWN = 20


@admin.register(NotificationPlan)
class NotificationPlanAdmin(ByInbox, WeeksShown, Noting):
    """Every inbox has a page; its row is made when it is first saved."""

    form = NotificationForm
    fieldsets = [
        (None, {"fields": ["enabled"]}),
        ("Whom", {"fields": ["all_agents", "addresses"]}),
        ("When", {"fields": ["after_seconds", "pause_minutes", "quiet_hours"]}),
        ("What it says", {"fields": ["quotes"]}),
    ]
    weeks = {"quiet_hours": "quiet"}

    class Media:
        css = {"all": ["admin_console/notifications.css"]}

    @admin.display(description="Quiet hours")
    def quiet(self, row: NotificationPlan) -> str:
        """A line for each day."""
        return lines(row.quiet_hours, unnamed="none", otherwise="none")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> NotificationPlan | None:
        """The inbox's plan, or one that tells nobody yet."""
        try:
            inbox = _inboxes(request).filter(pk=object_id).first()
        except ValidationError:
            return None
        return plan_of(inbox) if inbox else None

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """All inboxes, also those that tell nobody."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        late = set(waiting.late().values_list("inbox", flat=True))
        plans = [plan_of(inbox) for inbox in _inboxes(request)]
        context = self.admin_site.each_context(request) | {
            "title": "Notifications",
            "opts": self.opts,
            "rows": [(plan, len(recipients.of(plan)) if plan.enabled else 0, plan.pk in late) for plan in plans],
            "refusing": set(waiting.refusing(plans)),
            "undelivered": undelivered.rows(request.user),
        }
        return TemplateResponse(request, "admin/support/notificationplan/index.html", context)

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        plan: NotificationPlan = kwargs["obj"]
        context |= {
            "title": f"Notifications: {plan.inbox}",
            "subtitle": None,
            "sent": Notification.objects.filter(inbox=plan.inbox)[:SHOWN],
            "late": waiting.late().filter(inbox=plan.inbox).first(),
            "refusing": waiting.refusing([plan]).get(plan.pk, {}),
            "goes_nowhere": settings.EMAIL_BACKEND.endswith("console.EmailBackend"),
            "people": recipients.of(plan),
        }
        return super().render_change_form(request, context, *args, **kwargs)

    def get_urls(self) -> list[URLPattern]:
        test, factors = self.admin_site.admin_view(self.test_view), self.admin_site.admin_view(undelivered.view)
        return [
            path("<uuid:inbox_id>/test/", test, name="support_notificationplan_test"),
            path("second-factors/<int:pk>/", factors, name="support_notificationplan_factor"),
            *super().get_urls(),
        ]

    def test_view(self, request: HttpRequest, inbox_id: UUID) -> HttpResponse:
        """Send a test e-mail to everybody the saved plan names, and say how it went."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not self.has_change_permission(request):
            raise PermissionDenied
        plan = plan_of(get_object_or_404(_inboxes(request), pk=inbox_id))
        try:
            count, refused = sending.test(plan)
        except sending.SendError as error:
            self.message_user(request, f"It was not sent. {error}", messages.ERROR)
        else:
            people = f"{count} address{'' if count == 1 else 'es'}"
            self.message_user(request, f"The mail server took it, for {people}.", messages.SUCCESS)
            for address, words in refused.items():
                self.message_user(request, f"Not for {address}. {words}", messages.ERROR)
        return HttpResponseRedirect(reverse("admin:support_notificationplan_change", args=[inbox_id]))


def _inboxes(request: HttpRequest) -> QuerySet[Inbox]:
    """The inboxes of the member of staff, with their plans."""
    return reach.within(Inbox.objects.select_related("notification_plan"), request.user, "pk")


def plan_of(inbox: Inbox) -> NotificationPlan:
    """The inbox's plan, or a new one that is not saved."""
    return getattr(inbox, "notification_plan", None) or NotificationPlan(inbox=inbox)
