"""To the identity provider and back. Whoever is let in has taken the first step; a second factor is asked for as ever."""

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from config.common import address, events
from config.common.audit.actions import Action
from config.common.audit.origin import NOBODY
from config.common.audit.trail import record
from config.common.errors import DomainError
from support import signin, signin_steps
from support.single_sign_on import accounts, groups, provider
from support.single_sign_on.tokens import Refused


@never_cache
@require_GET
def begin(request: HttpRequest) -> HttpResponse:
    """Send the browser to the provider.

    By GET: a form may lead nowhere but to us (Content-Security-Policy, form-action), and what a foreign page could bring about by
    this address is that somebody signs in as themselves.
    """
    if refusal := _refusal(request):
        return refusal
    where = request.GET.get("next", "")
    if not url_has_allowed_host_and_scheme(where, {request.get_host()}, require_https=request.is_secure()):
        where = reverse("admin:index")
    try:
        return HttpResponseRedirect(provider.address(request, where))
    except Refused as refused:
        return _not_let_in(refused)


@never_cache
@require_GET
def callback(request: HttpRequest) -> HttpResponse:
    """The browser is back."""
    if refusal := _refusal(request):
        return refusal
    try:
        back = provider.came_back(request)
        wanted = groups.given(back.claims)
        user = accounts.find_or_make(back.claims)
    except Refused as refused:
        return _not_let_in(refused)
    groups.put_into(user, wanted)
    return signin_steps.proceed(request, user, back.where)


def _refusal(request: HttpRequest) -> HttpResponse | None:
    """Each look costs us requests to the provider: an address has so many."""
    if not provider.is_configured():
        raise Http404
    try:
        signin.ADDRESSES.check(address.limit_key(address.of_request(request)))
    except DomainError as error:
        return signin.refused_page(request, error)
    return None


@transaction.atomic
def _not_let_in(refused: Refused) -> HttpResponse:
    """The sign-in page, which says the same whatever it was; the log says what."""
    events.emit(events.Event.STAFF_REFUSED, "warning", reason=refused.reason)
    record(Action.SIGN_IN_FAILED, "user", by=NOBODY, provider=True)
    return HttpResponseRedirect(f"{reverse('sign_in')}?sso=refused")
