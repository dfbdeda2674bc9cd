"""Which groups somebody is in by their provider's word (OIDC_GROUPS). Nobody becomes an administrator by it: that is no group."""

from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.db import transaction

from config.common.audit.actions import Action
from config.common.audit.origin import SYSTEM
from config.common.audit.trail import record
from support.single_sign_on.tokens import Refused


def given(claims: dict[str, Any]) -> set[str]:
    """The names of the groups that the claim's values give; none without the claim: many providers leave out an empty one.

    Refused for a claim that is neither a text nor a list of texts, and for one that is kept elsewhere (OpenID Connect Core 1.0,
    §5.6.2): rights are neither given nor taken away because of what nobody could read.
    """
    if not settings.OIDC_GROUPS:
        return set()
    name = settings.OIDC_GROUPS_CLAIM
    said = claims.get(name)
    values = [] if said is None else [said] if isinstance(said, str) else said
    if not (isinstance(values, list) and all(isinstance(value, str) for value in values)):
        raise Refused("groups")
    if isinstance(elsewhere := claims.get("_claim_names"), dict) and name in elsewhere:
        raise Refused("groups")
    return {group for group, giving in settings.OIDC_GROUPS.items() if giving.intersection(values)}


@transaction.atomic
def put_into(user: User, wanted: set[str]) -> None:
    """Put the user into these groups, and out of the others that OIDC_GROUPS names; what it does not name stays as it is."""
    User.objects.select_for_update().get(pk=user.pk)
    named = {group.name: group for group in Group.objects.filter(name__in=settings.OIDC_GROUPS)}
    has = set(user.groups.filter(name__in=named).values_list("name", flat=True))
    gets = wanted & named.keys()
    if has == gets:
        return
    user.groups.remove(*(named[name] for name in has - gets))
    user.groups.add(*(named[name] for name in gets - has))
    groups = list(user.groups.order_by("pk").values_list("pk", flat=True))
    record(Action.SETTING_CHANGED, "user", user.pk, by=SYSTEM, fields=["groups"], groups=groups, from_provider=True)
