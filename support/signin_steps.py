"""The way in: from the first step, which says who it is, to a session that counts.

Between the steps nobody is signed in. The session only says who has taken the first one, so whatever else looks at it, such as the
console's socket, finds nobody. A session that counts is begun here alone.
"""

from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils.crypto import constant_time_compare

from config.common import clock
from config.common.audit.actions import Action
from config.common.audit.origin import Actor
from config.common.audit.trail import record
from support import staff_sessions
from support.second_factor import rule

# In the session: who has taken the first step, when, and where they want to go.
FIRST_STEP = "first_step"
# So long is there for the second one.
STEP_SECONDS = 10 * 60
# Who signs in is known by then; the others of the backends do not know anybody.
_BACKEND = "django.contrib.auth.backends.ModelBackend"


def proceed(request: HttpRequest, user: User, where: str) -> HttpResponseRedirect:
    """The first step is taken: on to the second one, to setting one up, or in. `where`: a path of ours to go on at."""
    if not (rule.is_set_up(user.pk) or settings.STAFF_MFA_REQUIRED):
        finish(request, user, None)
        return HttpResponseRedirect(where)
    request.session.flush()
    step = {"user": user.pk, "proof": user.get_session_auth_hash(), "at": int(clock.timestamp()), "next": where}
    request.session[FIRST_STEP] = step
    return HttpResponseRedirect(reverse("sign_in_code" if rule.is_set_up(user.pk) else "second_factor"))


def waiting(session: Any) -> User | None:
    """Who has taken the first step, unless that was too long ago, or the password or the account have changed since."""
    step = session.get(FIRST_STEP)
    if step is None or clock.timestamp() - step["at"] >= STEP_SECONDS:
        return None
    user = User.objects.filter(pk=step["user"], is_active=True, is_staff=True).first()
    if user is None or not constant_time_compare(user.get_session_auth_hash(), step["proof"]):
        return None
    return user


@transaction.atomic
def finish(request: HttpRequest, user: User, factor: Authenticator | None) -> str:
    """Sign the user in. factor: what they have shown beside the first step. Returns where they want to go."""
    where: str = request.session.pop(FIRST_STEP, {}).get("next") or reverse("admin:index")
    login(request, user, backend=_BACKEND)
    staff_sessions.begin(request.session)
    rule.mark(request.session, factor)
    shown = {"factor": factor.type} if factor else {}
    record(Action.SIGNED_IN, "user", user.pk, by=Actor.staff(user.pk), **shown)
    return where
