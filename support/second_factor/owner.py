"""Whose second factor the pages are about."""

from dataclasses import dataclass

from django.contrib.auth.models import User
from django.http import HttpRequest

from support import signin_steps, staff_sessions
from support.second_factor import rule


@dataclass(frozen=True)
class Owner:
    """user: who it is. is_signing_in: they have taken the first step and must set up a second factor to get in.
    may_change: they have said who they are just now."""

    user: User
    is_signing_in: bool
    may_change: bool


def of_request(request: HttpRequest) -> Owner | None:
    """Whoever is signed in, or led here on the way in because they have no second factor yet; None: nobody."""
    if isinstance(request.user, User) and request.user.is_active and request.user.is_staff:
        return Owner(request.user, False, staff_sessions.is_fresh(request.session))
    user = signin_steps.waiting(request.session)
    if user is None or rule.is_set_up(user.pk):
        return None
    return Owner(user, True, True)
