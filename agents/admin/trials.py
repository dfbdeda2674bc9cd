"""The page that tries a tool: arguments in, and out comes what was sent, what came back, and what the model would read."""

import json
import uuid
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from agents.admin.usage import UsageAdmin
from agents.connectors import trials
from agents.connectors.catalogue import secret_names
from agents.connectors.models import ConfiguredTool, HttpTool, McpTool
from agents.connectors.parameters import SchemaParameters, schema_of
from agents.connectors.trials import Trial
from agents.signature import BadArguments
from agents.turn import Who

_EXAMPLES: dict[str, Any] = {"string": "", "integer": 1, "number": 1.5, "boolean": True, "array": [], "object": {}}


class TrialForm(forms.Form):
    """What the model and the server would give: the arguments, and who the customer is."""

    arguments = forms.CharField(
        label="Arguments (JSON)",
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 5, "cols": 60, "class": "rw-code", "spellcheck": "false"}),
    )
    sub = forms.CharField(label="Customer: id", required=False, max_length=255, help_text="The sub of their identity.")
    name = forms.CharField(label="Customer: name", required=False, max_length=255)
    email = forms.CharField(label="Customer: e-mail", required=False, max_length=320)
    verified_email = forms.CharField(label="Customer: proven e-mail", required=False, max_length=254)
    really = forms.BooleanField(label="Do it: this tool writes, and the call is a real one", required=False)

    def __init__(self, data: Any, tool: ConfiguredTool, schema: dict[str, Any]) -> None:
        super().__init__(data, initial={"arguments": json.dumps(_example(schema), indent=2)})
        self.tool, self.parameters = tool, SchemaParameters(schema)
        if tool.risk == "read":
            del self.fields["really"]

    def clean_arguments(self) -> dict[str, Any]:
        """Arguments as the model's would be checked."""
        try:
            return self.parameters.parse(self.cleaned_data["arguments"])
        except BadArguments as problem:
            raise forms.ValidationError(str(problem)) from None

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if self.tool.risk != "read" and not cleaned.get("really"):
            self.add_error("really", "Confirm that the call is to be made.")
        if self.tool.identity == "identified" and not cleaned.get("sub"):
            self.add_error("sub", "This tool is for identified customers: say who.")
        if self.tool.identity == "verified" and not cleaned.get("verified_email"):
            self.add_error("verified_email", "This tool is for customers with a proven address: say which.")
        return cleaned


def _example(schema: dict[str, Any]) -> dict[str, Any]:
    required = schema.get("required", [])
    kinds = {name: kind for name, kind in schema.get("properties", {}).items() if name in required}
    return {
        name: kind["enum"][0] if kind.get("enum") else _EXAMPLES.get(kind.get("type"), "")
        for name, kind in kinds.items()
    }


class TrialPages(UsageAdmin):
    """Adds the page to the admin of a kind of tool."""

    def trial_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Make the call when it is asked for. Who may change a tool may try it; each trial is in the tool's history."""
        tool = self.get_object(request, object_id)
        if tool is None:
            raise Http404
        if not self.has_change_permission(request, tool):
            raise PermissionDenied
        schema = tool.offered["schema"] if isinstance(tool, McpTool) else schema_of(tool.parameters.all())
        form = TrialForm(request.POST or None, tool, schema)
        trial = None
        if request.method == "POST" and form.is_valid():
            trial = _make(tool, form.cleaned_data, schema)
            self.log_change(request, tool, f"Tried it: {trial.state}")
        context = self.admin_site.each_context(request) | {
            "title": f"Try {tool.name}",
            "opts": self.opts,
            "original": tool,
            "form": form,
            "trial": trial,
            "schema": json.dumps(schema, ensure_ascii=False, indent=2),
        }
        return TemplateResponse(request, "admin/agents/trial.html", context)

    def get_urls(self) -> list[URLPattern]:
        name = f"agents_{self.opts.model_name}_trial"
        return [
            path("<path:object_id>/try/", self.admin_site.admin_view(self.trial_view), name=name),
            *super().get_urls(),
        ]


def _make(tool: HttpTool | McpTool, given: dict[str, Any], schema: dict[str, Any]) -> Trial:
    who = Who(uuid.uuid4(), given["sub"] or None, given["name"], given["email"], given["verified_email"])
    if isinstance(tool, McpTool):
        return trials.of_mcp(tool, given["arguments"], who)
    return trials.of_http(tool, given["arguments"], secret_names(schema), who, f"trial-{uuid.uuid4().hex}")
