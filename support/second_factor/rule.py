"""When a session of staff is enough: asked at every request, and again and again of the console's live connection."""

from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth import SESSION_KEY

# In the session: the number of the authenticator that was shown when it began.
MARK = "second_factor"
# Recovery codes alone are no factor: they stand in for one.
FACTORS: tuple[str, ...] = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


def is_set_up(user_id: object) -> bool:
    """Whether the account has a second factor."""
    return bool(Authenticator.objects.filter(user_id=user_id, type__in=FACTORS).exists())


def mark(session: Any, row: Authenticator | None) -> None:
    """Note with which authenticator the session's owner has proven who they are; None: with none."""
    if row is None:
        session.pop(MARK, None)
    else:
        session[MARK] = row.pk


def is_enough(session: Any) -> bool:
    """Whether what the session began with is enough now, whatever it was then.

    An account that has a second factor needs to have shown one, which it must still have: what a lost key opened ends when the
    key is removed. An account without one needs none, unless STAFF_MFA_REQUIRED. A session of nobody is nobody's business here.
    """
    user_id = session.get(SESSION_KEY)
    if user_id is None:
        return True
    has = dict(Authenticator.objects.filter(user_id=user_id).values_list("pk", "type"))
    if MARK in session or any(kind in FACTORS for kind in has.values()):
        return session.get(MARK) in has
    return not settings.STAFF_MFA_REQUIRED
