"""Staff and their groups: Django's own pages, with inboxes, and with entries in the audit trail."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.db.models import Model
from django.http import HttpRequest
from django.urls import URLPattern

from config.common.audit.actions import Action
from config.common.audit.noting import Noting
from sessions_app.models import Inbox
from support.admin import signed_in
from support.admin.people_form import PersonForm
from support.workplaces import choosing, reach

admin.site.unregister(User)
admin.site.unregister(Group)


@admin.register(User)
class PeopleAdmin(Noting, UserAdmin):  # type: ignore[type-arg]
    """Staff. An entry also says what they may do from then on, and where; no `inboxes`: in every one."""

    form = PersonForm

    class Media:
        css = {"all": ["admin_console/people.css"]}

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None:
            return fieldsets
        fields = ["inboxes", "every_inbox"] if reach.inboxes_of(obj) == frozenset() else ["inboxes"]
        # Before the dates, which nobody looks for.
        return [*fieldsets[:-1], ("Which inboxes", {"fields": fields}), fieldsets[-1]]

    @admin.display(description="Only these inboxes")
    def inboxes(self, row: User) -> str:
        """For those who may look and not change."""
        chosen = reach.inboxes_of(row)
        if chosen is None:
            return "every inbox"
        return (
            ", ".join(Inbox.objects.filter(pk__in=chosen).values_list("name", flat=True))
            or "none: the last was deleted"
        )

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if isinstance(form, PersonForm):
            choosing.choose(form.instance, form.wish())

    def note(self, action: Action, obj: Model, **details: Any) -> None:
        assert isinstance(obj, User)
        may: dict[str, Any] = {"is_active": obj.is_active, "is_staff": obj.is_staff, "is_superuser": obj.is_superuser}
        may["groups"] = list(obj.groups.order_by("pk").values_list("pk", flat=True))
        inboxes = reach.inboxes_of(obj)
        if inboxes is not None:
            may["inboxes"] = sorted(map(str, inboxes))
        super().note(action, obj, **details, **may)

    def get_urls(self) -> list[URLPattern]:
        return signed_in.urls() + super().get_urls()


@admin.register(Group)
class RolesAdmin(Noting, GroupAdmin):
    """Groups. An entry also says which permissions they give from then on."""

    def note(self, action: Action, obj: Model, **details: Any) -> None:
        assert isinstance(obj, Group)
        permissions = obj.permissions.order_by("codename").values_list("codename", flat=True)
        super().note(action, obj, **details, permissions=list(permissions))
