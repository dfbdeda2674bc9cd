"""Sources and their documents in the admin: how the last sync went, sync now, confirm a loss, retry what was set aside."""

from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from config.common.audit.noting import Noting
from knowledge import tasks
from knowledge.sources import sync
from knowledge.sources.models import Source, SourceItem


@admin.register(Source)
class SourceAdmin(Noting):
    """Editors add sources and have them synced; deleting one leaves its articles."""

    nothing_yet = "A source is a web page, a sitemap or a folder whose documents become articles and stay in step."
    list_display = ["name", "kind", "state_badge", "progress", "synced_at", "problem", "interval_minutes", "enabled"]
    list_filter = ["kind", "enabled"]
    search_fields = ["name", "location"]
    actions = ["sync_now", "confirm_missing"]
    fieldsets = [
        (None, {"fields": ["name", "kind", "location", "interval_minutes", "enabled"]}),
        ("Its articles", {"fields": ["audience", "tags"]}),
    ]

    class Media:
        css = {"all": ["admin_console/articles.css"]}

    def get_queryset(self, request: HttpRequest) -> Any:
        """With the number of documents, and of those that this run is through with."""
        there = Q(items__isnull=False) & ~Q(items__state=SourceItem.State.GONE)
        return (
            super()
            .get_queryset(request)
            .annotate(there=Count("items", filter=there), failing=Count("items", filter=~Q(items__error="")))
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Source | None = None) -> list[str]:
        """What a source is stays: its documents are known by it."""
        return ["kind", "location"] if obj else []

    @admin.display(description="State")
    def state_badge(self, row: Source) -> SafeString:
        """Syncing, waiting for a decision, in trouble, or well."""
        state = "syncing" if row.running else "confirm" if row.missing else "failed" if row.error else "ok"
        label = {"syncing": "Syncing", "confirm": "Needs a decision", "failed": "Trouble", "ok": "OK"}[state]
        return format_html('<span class="rw-badge" data-state="{}">{}</span>', state, label)

    @admin.display(description="Documents")
    def progress(self, row: Any) -> SafeString:
        """How many there are, and how far a sync is; a link to them."""
        items = reverse("admin:knowledge_sourceitem_changelist")
        done = sum(row.counts.get(name, 0) for name in ("unchanged", "created", "updated", "failed", "quarantined"))
        text = f"{done:,} of {row.there:,}" if row.running else f"{row.there:,}"
        return format_html('<a href="{}?source__id__exact={}">{}</a>', items, row.pk, text)

    @admin.display(description="Last error")
    def problem(self, row: Source) -> SafeString | str:
        """What went wrong last."""
        return format_html('<span class="rw-index-error">{}</span>', row.error) if row.error else "–"

    @admin.action(description="Sync now", permissions=["change"])
    def sync_now(self, request: HttpRequest, queryset: QuerySet[Source]) -> None:
        """Ask a worker for it; one that is under way goes on."""
        self._sync(request, queryset)

    @admin.action(description="Confirm: archive what is gone", permissions=["change"])
    def confirm_missing(self, request: HttpRequest, queryset: QuerySet[Source]) -> None:
        """The next sync, which begins now, archives what is no longer there, however much it is."""
        for source in queryset:
            with transaction.atomic():
                sync.confirm(source)
                self.log_change(request, source, "Confirmed that what is gone may be archived")
        self._sync(request, queryset)

    def _sync(self, request: HttpRequest, queryset: QuerySet[Source]) -> None:
        try:
            for source in queryset:
                tasks.sync_source.delay(source.pk)
        except Exception as error:  # noqa: BLE001 - the broker is away
            self.message_user(request, f"The task queue cannot be reached ({type(error).__name__}).", messages.ERROR)
            return
        count = len(queryset)
        text = f"{count} sync{'' if count == 1 else 's'} asked for. Reload the page to see how far they are."
        self.message_user(request, text, messages.SUCCESS)


@admin.register(SourceItem)
class SourceItemAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """The documents of the sources. They come and go by syncs; all that people do is retry."""

    nothing_yet = "The documents of a source are listed here once it was synced."
    list_display = ["key", "source", "state_badge", "error", "attempts"]
    list_filter = ["state", "source"]
    list_display_links = None
    list_select_related = ["source"]
    search_fields = ["key", "error"]
    actions = ["retry"]
    show_full_result_count = False

    class Media:
        css = {"all": ["admin_console/articles.css"]}

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: SourceItem | None = None) -> bool:
        return False

    @admin.display(description="State", ordering="state")
    def state_badge(self, row: SourceItem) -> SafeString:
        """Waiting, OK, failed, quarantined or gone."""
        return format_html('<span class="rw-badge" data-state="{}">{}</span>', row.state, row.get_state_display())

    @admin.action(description="Retry at the next sync", permissions=["change"])
    def retry(self, request: HttpRequest, queryset: QuerySet[SourceItem]) -> None:
        """Give documents that failed or were set aside another chance."""
        for item in queryset:
            sync.retry(item)
        self.message_user(request, f"{len(queryset)} to be read again at the next sync.", messages.SUCCESS)
