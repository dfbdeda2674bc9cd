"""Pages of what belongs to an inbox show members of staff what belongs to theirs: lists, searches, filters, histories and forms alike.

The pages that sessions_app and agents make know no staff; they are limited here.
"""

from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest

from agents.admin.tool_calls import ToolCallAdmin
from agents.models import ToolCall
from sessions_app.admin import CustomerAdmin, InboxAdmin
from sessions_app.models import Customer, Inbox
from support.models import Run
from support.workplaces import reach


class ByInbox(admin.ModelAdmin):  # type: ignore[type-arg]
    """A model admin whose rows are those that the member of staff may reach; `inbox`: the way from a row to its inbox."""

    inbox = "inbox"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return reach.within(super().get_queryset(request), request.user, self.inbox)


for _model in (Customer, Inbox, ToolCall):
    admin.site.unregister(_model)


@admin.register(Customer)
class LimitedCustomerAdmin(ByInbox, CustomerAdmin):
    """The customers of the inboxes."""

    list_filter = [("inbox", admin.RelatedOnlyFieldListFilter), "created_at"]


@admin.register(Inbox)
class LimitedInboxAdmin(ByInbox, InboxAdmin):
    """The inboxes themselves."""

    inbox = "pk"


@admin.register(ToolCall)
class LimitedToolCallAdmin(ToolCallAdmin):
    """The calls that were made in the inboxes' conversations. A call knows its run by its id alone, which may be gone."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[ToolCall]:
        rows: QuerySet[ToolCall] = super().get_queryset(request)
        if not reach.is_limited(request.user):
            return rows
        runs = Run.objects.filter(pk=OuterRef("run"))
        return rows.filter(Exists(reach.within(runs, request.user, "conversation__inbox")))
