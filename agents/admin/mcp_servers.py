"""MCP servers in the admin: where they are, and what they offer."""

from typing import Any

from asgiref.sync import async_to_sync
from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST

from agents import toolbox
from agents.admin.secrets import SecretForm
from agents.connectors import checks, mcp_tools
from agents.connectors.models import McpServer
from config.common.audit.noting import Noting


class McpServerForm(SecretForm):
    """An MCP server."""

    class Meta:
        model = McpServer
        fields = ["name", "url", "header", "enabled"]
        widgets = {"url": forms.TextInput(attrs={"class": "rw-code", "size": 60, "spellcheck": "false"})}

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        url = cleaned.get("url", "")
        if problem := checks.address_problem(url):
            self.add_error("url", problem)
        if not checks.is_header(cleaned.get("header", "")):
            self.add_error("header", "Name the header.")
        self.keep_secret(url)
        return cleaned


@admin.register(McpServer)
class McpServerAdmin(Noting):
    """The servers. Their tools are allowed one by one, in a list of their own."""

    form = McpServerForm
    nothing_yet = "Add the address of one, and choose which of its tools the AI agent may use."
    list_display = ["name", "url", "enabled", "tools", "refreshed_at", "problem"]
    fieldsets = [(None, {"fields": ["name", "url", "header", "new_secret", "enabled"]})]

    class Media:
        css = {"all": ["admin_console/connectors.css"]}

    def get_queryset(self, request: HttpRequest) -> Any:
        """With the number of tools, and of those that may be used."""
        usable = Q(tools__enabled=True, tools__gone=False, tools__changed__isnull=True)
        counts = {"there": Count("tools"), "usable": Count("tools", filter=usable)}
        return super().get_queryset(request).annotate(**counts)

    @admin.display(description="Tools allowed")
    def tools(self, row: Any) -> SafeString:
        """How many there are, with a link to them."""
        listed = reverse("admin:agents_mcptool_changelist")
        text = f"{row.usable} of {row.there}"
        return format_html('<a href="{}?server__id__exact={}">{}</a>', listed, row.pk, text)

    @admin.display(description="Last error")
    def problem(self, row: McpServer) -> SafeString | str:
        """Why its tools could not be listed."""
        return format_html('<span class="rw-trouble">{}</span>', row.error) if row.error else "–"

    def refresh_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask the server for its tools, and keep what it says."""
        server = self.get_object(request, object_id)
        if server is None:
            raise Http404
        if not self.has_change_permission(request, server):
            raise PermissionDenied
        from agents.connectors import mcp  # see calling.mcp_tool

        try:
            offered = async_to_sync(mcp.tools)(server)
            with transaction.atomic():
                said = mcp_tools.store(server, offered)
                self.log_change(request, server, f"Refreshed its tools. {said}")
        except mcp.Unusable as error:
            mcp_tools.fail(server, str(error))
            self.message_user(request, f"The server could not be asked: {error}", messages.ERROR)
            return HttpResponseRedirect(reverse("admin:agents_mcpserver_change", args=[server.pk]))
        transaction.on_commit(toolbox.forget)
        self.message_user(request, said, messages.SUCCESS)
        listed = reverse("admin:agents_mcptool_changelist")
        return HttpResponseRedirect(f"{listed}?server__id__exact={server.pk}")

    def save_model(self, request: HttpRequest, obj: McpServer, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        transaction.on_commit(toolbox.forget)

    def get_urls(self) -> list[URLPattern]:
        refresh = self.admin_site.admin_view(require_POST(self.refresh_view))
        return [path("<path:object_id>/refresh/", refresh, name="agents_mcpserver_refresh"), *super().get_urls()]
