"""The trail in the admin: to be read, filtered and exported, by administrators and whoever may view entries."""

import json
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, StreamingHttpResponse
from django.urls import NoReverseMatch, URLPattern, path, reverse
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from config.common.audit import exporting, naming
from config.common.audit.actions import Action
from config.common.audit.models import Entry
from config.common.audit.trail import record

_LABELS = dict(Action.choices)
# Where the admin shows what an entry is about.
_PAGES = {
    "conversation": "support_conversation",
    "action": "support_action",
    "article": "knowledge_article",
    "inbox": "sessions_app_inbox",
    "apikey": "sessions_app_apikey",
    "webhook": "support_webhook",
    "user": "auth_user",
    "group": "auth_group",
    "httptool": "agents_httptool",
    "mcpserver": "agents_mcpserver",
    "mcptool": "agents_mcptool",
}


class _ActionFilter(admin.SimpleListFilter):
    """By what was done."""

    title = "action"
    parameter_name = "action"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """All of the catalogue."""
        return list(Action.choices)

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Entry]") -> "QuerySet[Entry]":
        return queryset.filter(action=self.value()) if self.value() else queryset


class _ObjectFilter(admin.SimpleListFilter):
    """By what it was done to."""

    title = "object"
    parameter_name = "object"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The kinds that have pages, and the trail itself."""
        return [(kind, kind) for kind in (*_PAGES, "customer", "trail")]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Entry]") -> "QuerySet[Entry]":
        return queryset.filter(object_type=self.value()) if self.value() else queryset


class Page(ChangeList):
    """A page of entries, with the names of what they mention."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        entries = list(self.result_list)
        names = naming.of(entries)
        for entry in entries:
            entry.names = names  # type: ignore[attr-defined]
        self.result_list = entries


@admin.register(Entry)
class EntryAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Read-only, as the database has it."""

    list_display = ["when", "actor", "done", "about", "more", "address"]
    list_display_links = ["when"]
    list_filter = ["actor_kind", _ActionFilter, _ObjectFilter, ("at", admin.DateFieldListFilter)]
    date_hierarchy = None
    ordering = ["-id"]
    list_per_page = 50
    show_full_result_count = False
    search_fields = ["=object_id"]
    search_help_text = "A whole id: of an object, an actor or a request; or a user's name"
    readonly_fields = ("when", "actor", "done", "about", "request_id", "address", "details_text", "place", "mac")
    fields = readonly_fields

    class Media:
        css = {"all": ["admin_console/audit.css"]}

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Entry | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Entry | None = None) -> bool:
        return False

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return Page

    def get_search_results(
        self, request: HttpRequest, queryset: "QuerySet[Entry]", search_term: str
    ) -> "tuple[QuerySet[Entry], bool]":
        """Whole ids, which the indexes know."""
        term = search_term.strip()
        if not term:
            return queryset, False
        found = Q(object_id=term) | Q(actor_id=term) | Q(request_id=term)
        for user in naming.users(term):
            found |= Q(actor_kind=Entry.Kind.STAFF, actor_id=user) | Q(object_type="user", object_id=user)
        return queryset.filter(found), False

    # -- Columns ------------------------------------------------------------------------------

    @admin.display(description="When", ordering="id")
    def when(self, row: Entry) -> str:
        """To the second, which often matters here."""
        return formats.date_format(timezone.localtime(row.at), "M j, Y, H:i:s")

    @admin.display(description="Who")
    def actor(self, row: Entry) -> SafeString:
        """The kind, and the name, or the id of who is gone."""
        name = _names(row).get((naming.ACTORS.get(Entry.Kind(row.actor_kind), ""), row.actor_id))
        shown = name or row.actor_id
        return format_html('<span class="rw-who">{}</span> {}', row.get_actor_kind_display(), shown)

    @admin.display(description="Did what", ordering="action")
    def done(self, row: Entry) -> str:
        """The action in words."""
        return str(_LABELS.get(row.action, row.action))

    @admin.display(description="To what")
    def about(self, row: Entry) -> SafeString:
        """The object, with a link to its page."""
        name = _names(row).get((row.object_type, row.object_id)) or row.object_id
        try:
            url = reverse(f"admin:{_PAGES[row.object_type]}_change", args=[row.object_id])
        except (KeyError, NoReverseMatch):
            return format_html('{} <span class="rw-id">{}</span>', row.object_type, name)
        return format_html('{} <a class="rw-id" href="{}">{}</a>', row.object_type, url, name)

    @admin.display(description="Details")
    def more(self, row: Entry) -> str:
        """The details on one line."""
        parts = (f"{key.replace('_', ' ')}: {_plain(value)}" for key, value in row.details.items())
        return ", ".join(parts)[:160]

    @admin.display(description="Details")
    def details_text(self, row: Entry) -> SafeString:
        """All of the details."""
        return format_html('<pre class="rw-wire">{}</pre>', json.dumps(row.details, indent=2, ensure_ascii=False))

    @admin.display(description="Place in the chain")
    def place(self, row: Entry) -> str:
        """The number, once it has one."""
        link = getattr(row, "link", None)
        return f"Number {link.number}" if link else "Not chained yet"

    # -- Export -------------------------------------------------------------------------------

    def export_view(self, request: HttpRequest, form: str) -> StreamingHttpResponse:
        """All entries that the filters and the search of the address let through; that this was done is an entry too."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if form not in exporting.FORMATS:
            raise Http404
        entries = self.get_changelist_instance(request).get_queryset(request).order_by("id")
        with transaction.atomic():
            record(Action.TRAIL_EXPORTED, "trail", form=form, filters=sorted(request.GET))
        write, media_type = exporting.FORMATS[form]
        response = StreamingHttpResponse(write(entries), content_type=media_type)
        response["Content-Disposition"] = f'attachment; filename="audit-trail.{form}"'
        return response

    def get_urls(self) -> list[URLPattern]:
        export = self.admin_site.admin_view(self.export_view)
        return [path("export/<str:form>/", export, name="audit_entry_export"), *super().get_urls()]


def _names(row: Entry) -> dict[tuple[str, str], str]:
    """The page's names, or this one entry's."""
    names: dict[tuple[str, str], str] = getattr(row, "names", None) or naming.of([row])
    return names


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
