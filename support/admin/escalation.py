"""Escalation policies in the admin: rules are drafted, simulated over past conversations, and put in force."""

from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from agents.escalation import parsing
from agents.escalation.rules import Policy
from config.common.errors import Conflict
from sessions_app.models import Inbox
from support.admin import escalation_simulation
from support.admin.escalation_form import RuleFormSet, described, rules_form, takes
from support.admin.limited import ByInbox
from support.escalation import policies
from support.escalation.models import EscalationPolicy, EscalationVersion
from support.workplaces import reach

SHOWN_VERSIONS = 20


@admin.register(EscalationPolicy)
class EscalationPolicyAdmin(ByInbox):
    """A page for each inbox. Nothing is written by forms of Django's own: `support.escalation.policies` is the writer."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """All inboxes, also those that use the built-in rules."""
        self.require(request, change=False)
        inboxes = reach.within(Inbox.objects.select_related("escalation_policy"), request.user, "pk")
        rows = [(inbox, getattr(inbox, "escalation_policy", None)) for inbox in inboxes]
        context = self.context(request) | {"title": "Escalation policies", "rows": rows}
        return TemplateResponse(request, "admin/support/escalationpolicy/index.html", context)

    def edit_view(self, request: HttpRequest, inbox_id: UUID) -> HttpResponse:
        """An inbox's rules: the draft, or what is in force."""
        self.require(request, change=request.method == "POST")
        inbox = self.inbox_of(request, inbox_id)
        if request.method != "POST":
            policy = policies.draft_of(inbox.pk) or policies.in_force(inbox.pk)
            return self._page(request, inbox, rules_form(rules=policy.rules))
        if "discard" in request.POST:
            policies.discard_draft(inbox)
            return self._done(request, inbox, "The draft was thrown away.")
        forms = rules_form(request.POST)
        if not forms.is_valid():
            return self._page(request, inbox, forms)
        return self._save(request, inbox, forms)

    def _save(self, request: HttpRequest, inbox: Inbox, forms: RuleFormSet) -> HttpResponse:
        seen = request.POST.get("revision", "")
        try:
            row = policies.save_draft(inbox, forms.rules(), int(seen) if seen.isascii() and seen.isdigit() else None)
            if "force" in request.POST and row.draft is not None:
                row = policies.put_in_force(inbox, request.user)
                self.log_change(request, row, f"Version {row.version} put in force")
                return self._done(request, inbox, f"Version {row.version} is in force from now on.")
        except Conflict as error:
            again = f"{error} Open it in another tab to see how; save again to replace it with what you wrote."
            self.message_user(request, again, messages.ERROR)
            return self._page(request, inbox, forms)
        told = (
            "There is nothing to change." if row.draft is None else "The draft was saved. Customers notice nothing yet."
        )
        if "simulate" in request.POST:
            return HttpResponseRedirect(reverse("admin:support_escalationpolicy_simulate", args=[inbox.pk]))
        return self._done(request, inbox, told)

    def _done(self, request: HttpRequest, inbox: Inbox, told: str) -> HttpResponse:
        self.message_user(request, told, messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:support_escalationpolicy_change", args=[inbox.pk]))

    def _page(self, request: HttpRequest, inbox: Inbox, forms: RuleFormSet) -> HttpResponse:
        row = EscalationPolicy.objects.filter(inbox=inbox).first()
        versions = EscalationVersion.objects.filter(inbox=inbox).select_related("author")[:SHOWN_VERSIONS]
        context = self.context(request) | {
            "title": f"Escalation: {inbox.name}",
            "inbox": inbox,
            "policy": row,
            "in_force": [described(rule) for rule in policies.in_force(inbox.pk).rules if rule.enabled],
            "forms": forms,
            "takes": takes(),
            "versions": [(version, _described(version)) for version in versions],
            "may_change": self.has_change_permission(request),
        }
        return TemplateResponse(request, "admin/support/escalationpolicy/edit.html", context)

    def require(self, request: HttpRequest, *, change: bool) -> None:
        """Refuse whoever may not."""
        may = self.has_change_permission(request) if change else self.has_view_permission(request)
        if not may:
            raise PermissionDenied

    def inbox_of(self, request: HttpRequest, inbox_id: UUID) -> Inbox:
        """The inbox, for whoever may work in it; Http404."""
        return get_object_or_404(reach.within(Inbox.objects.all(), request.user, "pk"), pk=inbox_id)

    def context(self, request: HttpRequest) -> dict[str, Any]:
        """What every page of the admin needs."""
        return {**self.admin_site.each_context(request), "opts": self.opts}

    def get_urls(self) -> list[URLPattern]:
        """One page for all inboxes, and one for each."""
        view = self.admin_site.admin_view
        return [
            path("", view(self.changelist_view), name="support_escalationpolicy_changelist"),
            path("<uuid:inbox_id>/change/", view(self.edit_view), name="support_escalationpolicy_change"),
            *escalation_simulation.urls(self),
        ]


def _described(version: EscalationVersion) -> list[tuple[str, str, bool]]:
    rules = Policy(version.version, parsing.from_json(version.rules)).rules
    return [(rule.name, described(rule), rule.enabled) for rule in rules]
