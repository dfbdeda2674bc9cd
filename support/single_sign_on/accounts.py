"""Whose account somebody may sign in to: the one with the e-mail address that the provider has verified."""

from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.db import transaction

from config.common.audit.actions import Action
from config.common.audit.origin import SYSTEM
from config.common.audit.trail import record
from config.common.text import storable
from support.roles import AGENTS
from support.single_sign_on.tokens import Refused

MAX_ADDRESS = 150  # of a username, which it becomes


def find_or_make(claims: dict[str, Any]) -> User:
    """The active member of staff whose address it is; a new one where OIDC_CREATE_STAFF says so. Refused otherwise."""
    address = claims.get("email")
    if not isinstance(address, str) or "@" not in address or len(address) > MAX_ADDRESS or not storable(address):
        raise Refused("no_address")
    # Some providers write the truth value as a text.
    if claims.get("email_verified") not in (True, "true"):
        raise Refused("unverified")
    found = [user for user in User.objects.filter(email__iexact=address) if _same(user.email, address)]
    if not found and settings.OIDC_CREATE_STAFF:
        return _make(address, claims)
    if len(found) != 1:
        raise Refused("several" if found else "unknown")
    if not (found[0].is_active and found[0].is_staff):
        raise Refused("locked")
    return found[0]


def _same(one: str, other: str) -> bool:
    """In any case, of plain letters alone: others have relatives that only look like them when their case is changed."""
    return one == other or (one.isascii() and other.isascii() and one.lower() == other.lower())


@transaction.atomic
def _make(address: str, claims: dict[str, Any]) -> User:
    """Somebody new answers customers, and may do no more; where OIDC_GROUPS says who does what, they may do nothing yet."""
    names = {"first_name": _name(claims.get("given_name")), "last_name": _name(claims.get("family_name"))}
    user, is_new = User.objects.get_or_create(
        username=address.lower(), defaults={"email": address, "is_staff": True, **names}
    )
    if not is_new:
        raise Refused("taken")
    user.set_unusable_password()
    user.save(update_fields=["password"])
    if not settings.OIDC_GROUPS:  # which say it otherwise
        user.groups.add(Group.objects.get(name=AGENTS))
    record(Action.SETTING_ADDED, "user", user.pk, by=SYSTEM, from_provider=True)
    return user


def _name(text: object) -> str:
    return text[:MAX_ADDRESS] if isinstance(text, str) and storable(text) else ""
