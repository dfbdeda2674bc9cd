"""Adding, renaming and removing second factors. Whatever adds or takes away leaves an entry in the audit trail in the same transaction,
and an e-mail to whose account it is after it."""

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.utils import encrypt
from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction

from config.common.audit.actions import Action
from config.common.audit.origin import Actor
from config.common.audit.trail import record
from config.common.errors import Conflict, Invalid
from support.second_factor import codes, rule, telling
from support.second_factor.models import FactorNotice

MAX_KEYS = 10
MAX_NAME = 60

Type, What = Authenticator.Type, FactorNotice.What


def _lock(user: User, is_first: bool) -> None:
    """One change of an account at a time. Conflict: it was to be the first factor, and is not any more."""
    User.objects.select_for_update().get(pk=user.pk)
    if is_first and rule.is_set_up(user.pk):
        raise Conflict("This account has a second factor by now. Sign in again.")


def _added(user: User, kind: str) -> list[str]:
    record(Action.FACTOR_ADDED, "user", user.pk, by=Actor.staff(user.pk), kind=kind)
    telling.owe(user, What(f"{kind}_added"))
    if Authenticator.objects.filter(user=user, type=Type.RECOVERY_CODES).exists():
        return []
    return _new_codes(user)


def _new_codes(user: User) -> list[str]:
    made: list[str] = RecoveryCodes.activate(user).get_unused_codes()
    return made


@transaction.atomic
def add_app(user: User, secret: str, code: str, *, is_first: bool) -> list[str]:
    """Add an authenticator app that proves to know the secret; returns new recovery codes, if there were none yet.

    is_first: the account must not have a second factor yet. Invalid: the code is wrong.
    """
    _lock(user, is_first)
    step = codes.step_of(secret, code)
    if step is None:
        raise Invalid("This code is not right. Wait for the next one, and check the clock of your device.")
    if Authenticator.objects.filter(user=user, type=Type.TOTP).exists():
        raise Conflict("An authenticator app is set up already.")
    Authenticator.objects.create(user=user, type=Type.TOTP, data={"secret": encrypt(secret), codes.LAST_STEP: step})
    return _added(user, Type.TOTP)


@transaction.atomic
def add_key(user: User, name: str, credential: dict[str, Any], *, is_first: bool) -> list[str]:
    """Add a key whose credential was checked; returns what `add_app` does."""
    _lock(user, is_first)
    count = Authenticator.objects.filter(user=user, type=Type.WEBAUTHN).count()
    if count >= MAX_KEYS:
        raise Conflict(f"An account can have {MAX_KEYS} security keys. Remove one first.")
    data = {"name": _named(name) or f"Key {count + 1}", "credential": credential}
    Authenticator.objects.create(user=user, type=Type.WEBAUTHN, data=data)
    return _added(user, Type.WEBAUTHN)


def _named(name: str) -> str:
    name = name.strip()
    if len(name) > MAX_NAME:
        raise Invalid(f"A name has at most {MAX_NAME} characters.")
    if not name.isprintable():
        raise Invalid("A name is one line of text.")
    return name


@transaction.atomic
def rename_key(user: User, row: Authenticator, name: str) -> None:
    """Give the key another name; Invalid for an empty or too long one."""
    _lock(user, False)
    if not (name := _named(name)):
        raise Invalid("Give the key a name.")
    row.data["name"] = name
    row.save(update_fields=["data"])


@transaction.atomic
def remove(user: User, row: Authenticator) -> None:
    """Remove a factor; with the last one recovery codes go as well. Conflict: the last one has to stay."""
    _lock(user, False)
    others = Authenticator.objects.filter(user=user, type__in=rule.FACTORS).exclude(pk=row.pk)
    if not others.exists():
        if settings.STAFF_MFA_REQUIRED:
            raise Conflict("A second factor is required here. Add another one before you remove this one.")
        Authenticator.objects.filter(user=user, type=Type.RECOVERY_CODES).delete()
    Authenticator.objects.filter(user=user, pk=row.pk).delete()
    record(Action.FACTOR_REMOVED, "user", user.pk, kind=row.type)
    telling.owe(user, What(f"{row.type}_removed"))


@transaction.atomic
def renew_recovery_codes(user: User) -> list[str]:
    """New recovery codes; the old ones are good for nothing from now on. Conflict without a factor to recover."""
    _lock(user, False)
    if not rule.is_set_up(user.pk):
        raise Conflict("Recovery codes need a second factor that they stand in for.")
    Authenticator.objects.filter(user=user, type=Type.RECOVERY_CODES).delete()
    record(Action.RECOVERY_CODES_RENEWED, "user", user.pk)
    telling.owe(user, What.CODES_RENEWED)
    return _new_codes(user)


@transaction.atomic
def reset(user: User) -> int:
    """Remove all factors and recovery codes, for somebody who has lost them; returns how many factors that were."""
    _lock(user, False)
    count: int = Authenticator.objects.filter(user=user, type__in=rule.FACTORS).count()
    Authenticator.objects.filter(user=user).delete()
    record(Action.FACTORS_RESET, "user", user.pk, factors=count)
    if count:
        telling.owe(user, What.RESET)
    return count
