"""The simulator's page: ask for a replay of the draft, see how far it is, and what would have been different."""

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from agents.escalation import parsing
from config.common.errors import Conflict
from sessions_app.models import Inbox
from support.admin.escalation_form import described
from support.escalation import policies, simulation, tasks
from support.escalation.models import EscalationSimulation
from support.escalation.replay import MAX_CONVERSATIONS

if TYPE_CHECKING:
    from support.admin.escalation import EscalationPolicyAdmin

DAYS = 30
DATE = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
KINDS = {
    "more": "Would be handed over",
    "fewer": "Would stay with the agent",
    "earlier": "Handed over earlier",
}


class RangeForm(forms.Form):
    """From when to when, both days included, UTC."""

    since = forms.DateField(label="From", widget=DATE)
    until = forms.DateField(label="To", widget=DATE)

    def clean(self) -> dict[str, Any] | None:
        """Forwards, and not for ever."""
        cleaned = super().clean() or {}
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and since > until:
            self.add_error("until", "This is before the first day.")
        elif since and until and (until - since).days >= simulation.MAX_DAYS:
            self.add_error("until", f"At most {simulation.MAX_DAYS} days.")
        return cleaned

    def moments(self) -> tuple[datetime, datetime]:
        """The first moment, and the first one after."""
        first, last = self.cleaned_data["since"], self.cleaned_data["until"]
        return datetime.combine(first, time(), UTC), datetime.combine(last + timedelta(days=1), time(), UTC)


def urls(model_admin: "EscalationPolicyAdmin") -> list[URLPattern]:
    """The routes below an inbox's policy."""

    def page(request: HttpRequest, inbox_id: UUID) -> HttpResponse:
        model_admin.require(request, change=request.method == "POST")
        inbox = model_admin.inbox_of(request, inbox_id)
        form = RangeForm(request.POST) if request.method == "POST" else _usual()
        if request.method == "POST" and form.is_valid():
            _start(model_admin, request, inbox, form)
            return HttpResponseRedirect(reverse("admin:support_escalationpolicy_simulate", args=[inbox.pk]))
        context = model_admin.context(request) | _context(inbox) | {"form": form}
        context["may_change"] = model_admin.has_change_permission(request)
        return TemplateResponse(request, "admin/support/escalationpolicy/simulate.html", context)

    def progress(request: HttpRequest, inbox_id: UUID) -> HttpResponse:
        model_admin.require(request, change=False)
        inbox = model_admin.inbox_of(request, inbox_id)
        return JsonResponse(_progress(EscalationSimulation.objects.filter(inbox=inbox).first()))

    view = model_admin.admin_site.admin_view
    name = "support_escalationpolicy_simulate"
    return [
        path("<uuid:inbox_id>/simulate/", view(page), name=name),
        path("<uuid:inbox_id>/simulate/progress/", view(progress), name=f"{name}_progress"),
    ]


def _usual() -> RangeForm:
    today = timezone.now().date()
    return RangeForm(initial={"since": today - timedelta(days=DAYS - 1), "until": today})


def _start(model_admin: "EscalationPolicyAdmin", request: HttpRequest, inbox: Inbox, form: RangeForm) -> None:
    policy = policies.draft_of(inbox.pk) or policies.in_force(inbox.pk)
    try:
        row = simulation.start(inbox, policy.rules, *form.moments(), request.user)
        tasks.simulate.delay(row.pk)
    except Conflict as error:
        model_admin.message_user(request, str(error), messages.ERROR)
    except Exception as error:  # noqa: BLE001 - the broker is away
        EscalationSimulation.objects.filter(inbox=inbox, state=simulation.State.WAITING).delete()
        text = f"The task queue cannot be reached ({type(error).__name__}). Try again."
        model_admin.message_user(request, text, messages.ERROR)


def _context(inbox: Inbox) -> dict[str, Any]:
    row = EscalationSimulation.objects.filter(inbox=inbox).first()
    draft = policies.draft_of(inbox.pk)
    policy = draft or policies.in_force(inbox.pk)
    result = row.result if row and row.state == simulation.State.DONE else None
    return {
        "title": "Simulate",
        "inbox": inbox,
        "is_draft": draft is not None,
        "rules": [described(rule) for rule in policy.rules if rule.enabled],
        "simulation": row,
        "is_stale": row is not None and row.rules != parsing.to_json(policy.rules),
        "progress": _progress(row),
        "result": result,
        "headline": simulation.headline(result) if result else "",
        "bars": _bars(result) if result else [],
        "counts": [(label, result[kind]) for kind, label in KINDS.items()] if result else [],
        "listed": [one | {"label": KINDS[one["kind"]]} for one in result["listed"]] if result else [],
        "limit": MAX_CONVERSATIONS,
    }


def _bars(result: dict[str, Any]) -> list[dict[str, Any]]:
    """Then and now, then each rule that is switched on: `{label, count, width}`, the widest 100."""
    bars = [("Handed over then", result["then"], True), ("Under these rules", result["now"], True)]
    bars += [(rule["name"], rule["conversations"], False) for rule in result["rules"] if rule["enabled"]]
    if result["by_agent"]:
        bars.append(("The AI agent itself", result["by_agent"], False))
    most = max(count for _, count, _ in bars) or 1
    return [
        {"label": label, "count": count, "width": round(100 * count / most, 1), "is_total": is_total}
        for label, count, is_total in bars
    ]


def _progress(row: EscalationSimulation | None) -> dict[str, Any]:
    """`{id, active, label, done, total, text}`; empty when there is none."""
    if row is None:
        return {}
    active = simulation.under_way(row.inbox).filter(pk=row.pk).exists()
    over = row.state in (simulation.State.DONE, simulation.State.FAILED)
    label = row.get_state_display() if active or over else "Interrupted"
    text = f"{row.done:,} of {row.total:,}" if row.total else ""
    return {"id": row.pk, "active": active, "label": label, "done": row.done, "total": row.total, "text": text}
