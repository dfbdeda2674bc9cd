"""Staff and their groups: Django's own pages, with inboxes, entries in the audit trail, and a way to reset a second factor."""

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
from sessions_app.models import Inbox
from support.admin import signed_in
from support.admin.people_form import PersonForm
from support.second_factor import changes, rule
from support.workplaces import choosing, reach

# Secrets are changed on pages of their own, by their owners; addresses are the users'.
for model in (User, Group, Authenticator, EmailAddress):
    admin.site.unregister(model)


@admin.register(User)
class PeopleAdmin(Noting, UserAdmin):  # type: ignore[type-arg]
    """Staff. An entry also says what they may do from then on, and where; no `inboxes`: in every one."""

    form = PersonForm
    list_display = ("username", "email", "first_name", "last_name", "is_staff", "has_second_factor")

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
        own = [path("<int:user_id>/second-factor/", reset, name="auth_user_second_factor"), *signed_in.urls()]
        return own + super().get_urls()


@admin.register(Group)
class RolesAdmin(Noting, GroupAdmin):
    """Groups. An entry also says which permissions they give from then on."""

    def note(self, action: Action, obj: Model, **details: Any) -> None:
        assert isinstance(obj, Group)
        permissions = obj.permissions.order_by("codename").values_list("codename", flat=True)
        super().note(action, obj, **details, permissions=list(permissions))
