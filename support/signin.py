"""Staff sign in and out: a limited number of tries, the same answer whatever is wrong, and an entry for each."""

import hashlib
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth import get_user_model, logout
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView, redirect_to_login
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache

from config.common import address
from config.common.audit.actions import Action
from config.common.audit.origin import NOBODY
from config.common.audit.trail import record
from config.common.errors import DomainError, RateLimited
from config.common.ratelimit import Policy
from support import signin_steps

# Without Redis nobody signs in: guessing must not become free for whoever takes it away. Who is signed in stays so.
ADDRESSES = Policy("sign_in", settings.RATE_LIMIT_SIGN_IN, fail_open=False)
NAMES = Policy("sign_in_name", settings.RATE_LIMIT_SIGN_IN_NAME, fail_open=False)
CODES = Policy("sign_in_code", settings.RATE_LIMIT_SIGN_IN_CODE, fail_open=False)


def _name_key(username: str) -> str:
    """What is counted as one account: a name in any spelling, whether or not there is such an account."""
    return hashlib.sha256(username.strip().casefold().encode("utf-8", "replace")).hexdigest()


def page_context(request: HttpRequest, title: str) -> dict[str, Any]:
    """What the admin's templates want of a page of ours."""
    return {**admin.site.each_context(request), "title": title, "subtitle": None}


def refused_context(error: DomainError) -> dict[str, Any]:
    """What `admin/refused.html` says of a try that was not made."""
    return {"refused": error, "is_limited": isinstance(error, RateLimited)}


def with_wait(response: HttpResponse, error: DomainError) -> HttpResponse:
    """The response, saying when to try again."""
    if "retry_after" in error.extra:
        response["Retry-After"] = str(error.extra["retry_after"])
    return response


@method_decorator(never_cache, name="dispatch")
class SignIn(LoginView):
    """The first step: name and password."""

    template_name = "admin/login.html"
    authentication_form = AdminAuthenticationForm

    def get_default_redirect_url(self) -> str:
        return reverse("admin:index")

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        where = self.get_redirect_url() or self.get_default_redirect_url()
        more: dict[str, Any] = {"app_path": self.request.get_full_path(), "username": self.request.user.get_username()}
        more |= {self.redirect_field_name: where, "takes_passwords": settings.STAFF_PASSWORD_SIGN_IN}
        more |= {"provider": settings.OIDC_NAME if settings.OIDC_ISSUER else ""}
        return super().get_context_data(**page_context(self.request, "Sign in"), **more, **context)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The form; whoever is signed in already is shown on."""
        if admin.site.has_permission(request):
            return HttpResponseRedirect(self.get_success_url())
        return super().get(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """One try. Whether it may be made is decided before a password is looked at."""
        if not settings.STAFF_PASSWORD_SIGN_IN:
            return self.render_to_response(self.get_context_data(form=self.authentication_form(request)), status=403)
        try:
            ADDRESSES.check(address.limit_key(address.of_request(request)))
            NAMES.check(_name_key(request.POST.get("username", "")))
        except DomainError as error:
            return self.refused(error)
        return super().post(request, *args, **kwargs)

    def refused(self, error: DomainError) -> HttpResponse:
        """The form again, saying when to try again; what was typed is not looked at."""
        form = self.authentication_form(self.request, initial={"username": self.request.POST.get("username", "")})
        context = self.get_context_data(form=form, **refused_context(error))
        return with_wait(self.render_to_response(context, status=error.status), error)

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        """The name and the password are right, and whose they are is staff."""
        response = signin_steps.proceed(self.request, form.get_user(), self.get_success_url())
        # Only tries that fail count against a name, so that signing in often is no trouble.
        NAMES.debit(_name_key(form.cleaned_data["username"]), -1)
        return response

    @transaction.atomic
    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        """Something is wrong; what, is not said. The entry has no name: people type passwords there by mistake."""
        if {"username", "password"} <= form.cleaned_data.keys():
            user = get_user_model().objects.filter(username=form.cleaned_data["username"]).first()
            record(Action.SIGN_IN_FAILED, "user", user.pk if user else "", by=NOBODY)
        return super().form_invalid(form)


def refused_page(request: HttpRequest, error: DomainError) -> HttpResponse:
    """The sign-in page, for a try of another kind that may not be made."""
    view = SignIn()
    view.setup(request)
    return view.refused(error)


@transaction.atomic
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session; the admin's own page says good-bye."""
    if request.method == "POST" and request.user.is_authenticated:
        record(Action.SIGNED_OUT, "user", request.user.pk)
    return admin.site.logout(request)


@transaction.atomic
def sign_in_again(request: HttpRequest) -> HttpResponse:
    """End the session and begin another one, for what only somebody may do who has signed in just now."""
    if request.user.is_authenticated:
        record(Action.SIGNED_OUT, "user", request.user.pk)
    logout(request)
    return redirect_to_login(reverse("second_factor"), reverse("sign_in"))
