"""The tools of MCP servers in the admin: each is allowed by itself, and one that changed is looked at again."""

import json
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from agents import toolbox
from agents.admin.trials import TrialPages
from agents.connectors import checks, mcp_tools
from agents.connectors.models import McpTool
from knowledge import textdiff


class McpToolForm(forms.ModelForm):  # type: ignore[type-arg]
    """What is allowed, and how."""

    class Meta:
        model = McpTool
        fields = [
            *("name", "enabled", "description", "label", "title", "risk", "identity", "tags", "timeout"),
            *("filled", "slots"),
        ]
        widgets = {
            "description": forms.Textarea(attrs={"rows": 4, "cols": 60}),
            **{
                name: forms.Textarea(attrs={"rows": 3, "cols": 60, "class": "rw-code", "spellcheck": "false"})
                for name in ("filled", "slots")
            },
        }

    def clean_name(self) -> str:
        """A name that the code does not use."""
        name: str = self.cleaned_data["name"]
        if problem := checks.name_problem(name):
            raise forms.ValidationError(problem)
        return name

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        for field, problem in checks.risk_problems(self.instance):
            self.add_error(field, problem)
        for problem in checks.filled_problems(self.instance):
            self.add_error("filled", problem)
        for problem in checks.slots_problems(self.instance):
            self.add_error("slots", problem)


@admin.register(McpTool)
class McpToolAdmin(TrialPages):
    """Tools come with their server; here they are allowed."""

    form = McpToolForm
    nothing_yet = "They come from MCP servers: add a server, then choose Refresh tools there."
    list_display = ["name", "server", "state_badge", "risk_badge", "called", "failures"]
    list_filter = ["server", "enabled", "risk"]
    list_select_related = ["server"]
    search_fields = ["name", "description"]
    readonly_fields = ["server", "remote_name", "schema_text"]
    fieldsets = [
        (None, {"fields": ["server", "remote_name", "schema_text"]}),
        ("For the agent", {"fields": ["enabled", "name", "description", "label"]}),
        ("What it may do", {"fields": ["risk", "title", "identity", "filled", "slots", "tags", "timeout"]}),
    ]

    class Media:
        css = {"all": ["admin_console/connectors.css"]}

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def state_of(self, row: McpTool) -> tuple[str, str]:
        """What the server did to it comes first."""
        if row.gone:
            return "is-bad", "Gone from the server"
        if row.changed is not None:
            return "is-bad", "Changed: look at it"
        if row.enabled and not row.server.enabled:
            return "", "Server is off"
        return super().state_of(row) if row.enabled else ("", "Not allowed")

    @admin.display(description="Parameters")
    def schema_text(self, row: McpTool) -> SafeString:
        """The schema, as it was when somebody looked at it."""
        return format_html('<pre class="rw-wire">{}</pre>', _pretty(row.offered["schema"]))

    def review_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """What changed on the server; POST takes it. What is taken is what was on the page."""
        tool = self.get_object(request, object_id)
        if tool is None or tool.changed is None:
            raise Http404
        if not self.has_change_permission(request, tool):
            raise PermissionDenied
        if request.method == "POST" and request.POST.get("seen") == _pretty(tool.changed):
            with transaction.atomic():
                mcp_tools.accept(tool)
                self.log_change(request, tool, "Accepted what changed on the server")
            transaction.on_commit(toolbox.forget)
            self.message_user(request, "The tool is used as the server describes it now.", messages.SUCCESS)
            return HttpResponseRedirect(reverse("admin:agents_mcptool_change", args=[tool.pk]))
        context: dict[str, Any] = self.admin_site.each_context(request) | {
            "title": f"What changed in {tool.name}",
            "opts": self.opts,
            "original": tool,
            "rows": textdiff.compare(_readable(tool.offered), _readable(tool.changed)),
            "seen": _pretty(tool.changed),
        }
        return TemplateResponse(request, "admin/agents/mcptool/review.html", context)

    def get_urls(self) -> list[URLPattern]:
        review = self.admin_site.admin_view(self.review_view)
        return [path("<path:object_id>/review/", review, name="agents_mcptool_review"), *super().get_urls()]


def _pretty(document: Any) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True)


def _readable(what: dict[str, Any]) -> str:
    return f"{what['description']}\n\n{_pretty(what['schema'])}"
