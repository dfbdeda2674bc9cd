"""Staff and their groups: Django's own pages, with entries in the audit trail."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.db.models import Model

from config.common.audit.actions import Action
from config.common.audit.noting import Noting

admin.site.unregister(User)
admin.site.unregister(Group)


@admin.register(User)
class PeopleAdmin(Noting, UserAdmin):  # type: ignore[type-arg]
    """Staff. An entry also says what they may do from then on."""

    def note(self, action: Action, obj: Model, **details: Any) -> None:
        assert isinstance(obj, User)
        may = {"is_active": obj.is_active, "is_staff": obj.is_staff, "is_superuser": obj.is_superuser}
        groups = list(obj.groups.order_by("pk").values_list("pk", flat=True))
        super().note(action, obj, **details, **may, groups=groups)


@admin.register(Group)
class RolesAdmin(Noting, GroupAdmin):
    """Groups. An entry also says which permissions they give from then on."""

    def note(self, action: Action, obj: Model, **details: Any) -> None:
        assert isinstance(obj, Group)
        permissions = obj.permissions.order_by("codename").values_list("codename", flat=True)
        super().note(action, obj, **details, permissions=list(permissions))
