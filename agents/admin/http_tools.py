"""HTTP tools in the admin: a form that finds mistakes before customers do, and a page to try the tool."""

from typing import Any

from django import forms
from django.contrib import admin

from agents.admin.secrets import SecretForm
from agents.admin.trials import TrialPages
from agents.connectors import checks
from agents.connectors.models import HttpParameter, HttpTool


class HttpToolForm(SecretForm):
    """An HTTP tool."""

    class Meta:
        model = HttpTool
        fields = [
            *("name", "enabled", "description", "label", "title", "risk", "identity", "tags", "timeout"),
            *(
                "method",
                "url",
                "query",
                "headers",
                "body",
                "auth",
                "auth_name",
                "repeatable",
                "result",
                "max_kilobytes",
            ),
        ]
        widgets = {
            "description": forms.Textarea(attrs={"rows": 3, "cols": 60}),
            "url": forms.TextInput(attrs={"class": "rw-code", "size": 60, "spellcheck": "false"}),
            **{
                name: forms.Textarea(attrs={"rows": 3, "cols": 60, "class": "rw-code", "spellcheck": "false"})
                for name in ("query", "headers", "body", "result")
            },
        }

    def clean_name(self) -> str:
        """A name that the code does not use."""
        name: str = self.cleaned_data["name"]
        if problem := checks.name_problem(name):
            raise forms.ValidationError(problem)
        return name

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        self.keep_secret(cleaned.get("url", ""))
        if cleaned.get("auth") == HttpTool.Auth.NONE:
            self.instance.secret = ""
            self.errors.pop("new_secret", None)
        elif not self.instance.secret and "new_secret" not in self.errors:
            self.add_error("new_secret", "Type the secret.")
        return cleaned

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        for field, problem in checks.http_problems(self.instance):
            if field not in self.errors:
                self.add_error(field, problem)


class ParameterForms(forms.BaseInlineFormSet):  # type: ignore[type-arg]
    """The parameters, which have to fit the templates."""

    def clean(self) -> None:
        super().clean()
        if any(self.errors):
            return
        gone = self.deleted_forms
        rows = [form.instance for form in self.forms if form not in gone and form.instance.name]
        if problems := list(checks.parameter_problems(self.instance, rows)):
            raise forms.ValidationError(problems)


class ParameterInline(admin.TabularInline):  # type: ignore[type-arg]
    """What the model has to give."""

    model = HttpParameter
    formset = ParameterForms
    extra = 0
    fields = ["name", "type", "choices", "description", "required", "slot", "secret"]


@admin.register(HttpTool)
class HttpToolAdmin(TrialPages):
    """Calls of HTTP APIs that the agent may make."""

    form = HttpToolForm
    inlines = [ParameterInline]
    nothing_yet = (
        "A tool lets the AI agent look something up in a system of yours, or do something there, over its HTTP API."
    )
    list_display = ["name", "state_badge", "risk_badge", "method", "url", "called", "failures"]
    list_filter = ["enabled", "risk"]
    search_fields = ["name", "url", "description"]
    fieldsets = [
        (None, {"fields": ["name", "enabled", "description", "label"]}),
        ("What it may do", {"fields": ["risk", "title", "identity", "tags"]}),
        ("Request", {"fields": ["method", "url", "query", "headers", "body", "repeatable"]}),
        ("Authentication", {"fields": ["auth", "auth_name", "new_secret"]}),
        ("Answer", {"fields": ["result", "max_kilobytes", "timeout"]}),
    ]

    class Media:
        css = {"all": ["admin_console/connectors.css"]}
