"""Staff and their groups: Django's own pages, with entries in the audit trail, and with a way to reset a second factor."""

from typing import Any

from allauth.account import admin as _allauth_account  # noqa: F401 - registers what is unregistered below
from allauth.account.models import EmailAddress
from allauth.mfa import admin as _allauth_mfa  # noqa: F401
from allauth.mfa.models import Authenticator
from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, Model, OuterRef, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from config.common.audit.actions import Action
from config.common.audit.noting import Noting
from support.second_factor import changes, rule

# Secrets are changed on pages of their own, by their owners; addresses are the users'.
for model in (User, Group, Authenticator, EmailAddress):
    admin.site.unregister(model)


@admin.register(User)
class PeopleAdmin(Noting, UserAdmin):  # type: ignore[type-arg]
    """Staff. An entry also says what they may do from then on."""

    list_display = ("username", "email", "first_name", "last_name", "is_staff", "has_second_factor")

    def note(self, action: Action, obj: Model, **details: Any) -> None:
        assert isinstance(obj, User)
        may = {"is_active": obj.is_active, "is_staff": obj.is_staff, "is_superuser": obj.is_superuser}
        groups = list(obj.groups.order_by("pk").values_list("pk", flat=True))
        super().note(action, obj, **details, **may, groups=groups)

    def get_queryset(self, request: HttpRequest) -> "QuerySet[User]":
        factors = Authenticator.objects.filter(user=OuterRef("pk"), type__in=rule.FACTORS)
        found: QuerySet[User] = super().get_queryset(request)
        return found.annotate(second_factor=Exists(factors))

    @admin.display(description="Second factor", boolean=True, ordering="second_factor")
    def has_second_factor(self, row: User) -> bool:
        """Whether a password alone is not enough to be them."""
        return bool(getattr(row, "second_factor", False))

    def reset_view(self, request: HttpRequest, user_id: int) -> HttpResponse:
        """Remove all factors of somebody else, for an administrator. One's own are looked after on one's own pages."""
        if not (request.user.is_superuser and request.user.pk != user_id):
            raise PermissionDenied
        row = self.get_queryset(request).filter(pk=user_id).first()
        if row is None:
            raise Http404
        if request.method != "POST":
            title = f"Reset the second factor of {row}?"
            context = {**self.admin_site.each_context(request), "opts": self.opts, "row": row, "title": title}
            return TemplateResponse(request, "admin/auth/user/reset_second_factor.html", context)
        changes.reset(row)
        self.message_user(request, f"{row} has no second factor any more, and is signed out.", messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:auth_user_change", args=[row.pk]))

    def get_urls(self) -> list[URLPattern]:
        reset = self.admin_site.admin_view(self.reset_view)
        return [path("<int:user_id>/second-factor/", reset, name="auth_user_second_factor"), *super().get_urls()]


@admin.register(Group)
class RolesAdmin(Noting, GroupAdmin):
    """Groups. An entry also says which permissions they give from then on."""

    def note(self, action: Action, obj: Model, **details: Any) -> None:
        assert isinstance(obj, Group)
        permissions = obj.permissions.order_by("codename").values_list("codename", flat=True)
        super().note(action, obj, **details, permissions=list(permissions))
