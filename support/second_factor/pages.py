"""The pages on which staff manage their own second factor, and set it up where it is required to get in."""

from dataclasses import replace
from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.generic import TemplateView

from config.common.errors import DomainError
from support import signin, signin_steps
from support.second_factor import changes, codes, owner, rule

Type = Authenticator.Type


def to_overview() -> HttpResponseRedirect:
    """Back to the page that shows everything."""
    return HttpResponseRedirect(reverse("second_factor"))


@method_decorator(never_cache, name="dispatch")
class Page(TemplateView):
    """A page of an account's owner. What changes something is open to who has signed in just now alone."""

    title = "Second factor"
    changes_something = True
    kinds = rule.FACTORS

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        found = owner.of_request(request)
        if found is None:
            return redirect_to_login(request.get_full_path(), reverse("sign_in"))
        if self.changes_something and not found.may_change:
            return to_overview()
        self.owner = found
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        page = signin.page_context(self.request, self.title)
        return super().get_context_data(**page, owner=self.owner, **context)

    def refused(self, error: DomainError) -> HttpResponse:
        """The page again, with what is wrong."""
        return self.render_to_response(self.get_context_data(error=error.detail), status=error.status)

    def get_row(self) -> Authenticator:
        """The owner's factor that the address names, of these kinds; 404 for everybody else's."""
        rows = Authenticator.objects.filter(user=self.owner.user, type__in=self.kinds)
        found: Authenticator = get_object_or_404(rows, pk=self.kwargs["pk"])
        return found

    def show_codes(self, made: list[str], where: str) -> HttpResponse:
        """New recovery codes, this once."""
        context = self.get_context_data(codes=made, where=where) | {"title": "Recovery codes"}
        return self.response_class(self.request, "admin/second_factor/codes.html", context, using=self.template_engine)

    def added(self, kind: str, made: list[str]) -> HttpResponse:
        """A factor was added: the session counts from now on, for whoever was on the way in as well."""
        newest = Authenticator.objects.filter(user=self.owner.user, type=kind).latest("pk")
        where = reverse("second_factor")
        if self.owner.is_signing_in:
            where = signin_steps.finish(self.request, self.owner.user, newest)
            self.owner = replace(self.owner, is_signing_in=False)
        else:
            rule.mark(self.request.session, newest)
        if made:
            return self.show_codes(made, where)
        messages.success(self.request, "The second factor was added.")
        return HttpResponseRedirect(where)


class Overview(Page):
    """What there is, and what can be done with it."""

    template_name = "admin/second_factor/overview.html"
    changes_something = False

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        rows = list(Authenticator.objects.filter(user=self.owner.user).order_by("pk"))
        by_type = {kind: [row for row in rows if row.type == kind] for kind in Type}
        recovery = next(iter(by_type[Type.RECOVERY_CODES]), None)
        return super().get_context_data(
            app=next(iter(by_type[Type.TOTP]), None),
            keys=by_type[Type.WEBAUTHN],
            has_room=len(by_type[Type.WEBAUTHN]) < changes.MAX_KEYS,
            is_set_up=bool(by_type[Type.TOTP] or by_type[Type.WEBAUTHN]),
            codes_left=codes.codes_left(recovery) if recovery else 0,
            **context,
        )


class RenewCodes(Page):
    """New recovery codes."""

    title = "New recovery codes"
    template_name = "admin/second_factor/renew.html"

    def post(self, request: HttpRequest) -> HttpResponse:
        """Make them."""
        try:
            made = changes.renew_recovery_codes(self.owner.user)
        except DomainError as error:
            return self.refused(error)
        keep_marked(request, self.owner.user.pk)
        return self.show_codes(made, reverse("second_factor"))


class Remove(Page):
    """An app or a key is to go."""

    title = "Remove a second factor"
    template_name = "admin/second_factor/remove.html"

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        return super().get_context_data(row=self.get_row(), **context)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Remove it."""
        try:
            changes.remove(self.owner.user, self.get_row())
        except DomainError as error:
            return self.refused(error)
        keep_marked(request, self.owner.user.pk)
        messages.success(request, "The second factor was removed.")
        return to_overview()


def keep_marked(request: HttpRequest, user_id: int) -> None:
    """The owner stays signed in here, whatever they began with: they have just proven who they are. Others' sessions end."""
    rule.mark(request.session, Authenticator.objects.filter(user_id=user_id, type__in=rule.FACTORS).first())
