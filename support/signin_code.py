"""The second step of signing in: a code, or a security key."""

import json
from typing import Any

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.generic import TemplateView

from config.common import address
from config.common.audit.actions import Action
from config.common.audit.origin import NOBODY
from config.common.audit.trail import record
from config.common.errors import DomainError
from support import signin, signin_steps
from support.second_factor import codes, keys, rule

WRONG = "This was not right. A code is good for one time, and for half a minute."


@method_decorator(never_cache, name="dispatch")
class SecondStep(TemplateView):
    """For whoever has taken the first step, and has a second factor."""

    template_name = "admin/login_code.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        user = signin_steps.waiting(request.session)
        if user is None or not rule.is_set_up(user.pk):
            return HttpResponseRedirect(reverse("sign_in"))
        self.owner = user
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        kinds = set(Authenticator.objects.filter(user=self.owner).values_list("type", flat=True))
        more = {"kinds": kinds, "key_options": keys.request_options(self.owner)}
        return super().get_context_data(
            **signin.page_context(self.request, "Confirm that it is you"), **more, **context
        )

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """One try. Whether it may be made is decided before it is looked at."""
        try:
            signin.ADDRESSES.check(address.limit_key(address.of_request(request)))
            signin.CODES.check(str(self.owner.pk))
        except DomainError as error:
            context = self.get_context_data(**signin.refused_context(error))
            return signin.with_wait(self.render_to_response(context, status=error.status), error)
        shown = self._shown(request)
        if shown is None:
            return self._wrong()
        signin.CODES.debit(str(self.owner.pk), -1)
        return HttpResponseRedirect(signin_steps.finish(request, self.owner, shown))

    def _shown(self, request: HttpRequest) -> Authenticator | None:
        """The authenticator that was shown, if it is one of theirs."""
        if "credential" not in request.POST:
            return codes.accept(self.owner.pk, request.POST.get("code", ""))
        try:
            return keys.accept(self.owner, json.loads(request.POST["credential"]))
        except ValueError:
            return None

    def _wrong(self) -> HttpResponse:
        with transaction.atomic():
            record(Action.SIGN_IN_FAILED, "user", self.owner.pk, by=NOBODY, step=2)
        return self.render_to_response(self.get_context_data(wrong=WRONG))
