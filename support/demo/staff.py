"""The demo's staff: one account for each role."""

import secrets
from dataclasses import dataclass
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group

from support import roles

Credentials = dict[str, dict[str, str]]


@dataclass(frozen=True)
class Account:
    """role: its name in demo.json. group: None makes an administrator."""

    role: str
    username: str
    first_name: str
    last_name: str
    group: str | None


ACCOUNTS = (
    Account("admin", "admin", "Support", "Team", None),
    Account("human_agent", "agent", "Support", "Agent", roles.AGENTS),
    Account("editor", "editor", "Content", "Editor", roles.EDITORS),
)


def ensure(known: Credentials) -> tuple[Credentials, list[str]]:
    """Each account with its password, and what was done.

    An account that is there, and whose password is known, is left alone: nobody's own password is reset.
    """
    users = get_user_model().objects.in_bulk([account.username for account in ACCOUNTS], field_name="username")
    credentials, lines = {}, []
    for account in ACCOUNTS:
        user = users.get(account.username)
        password = known.get(account.role, {}).get("password")
        if user is None or not password:
            password = secrets.token_urlsafe(15)
            lines.append(f"Account {account.username}: {'new password' if user else 'created'}")
            _equip(user or get_user_model()(username=account.username), account, password)
        credentials[account.role] = {"username": account.username, "password": password}
    return credentials, lines


def _equip(user: Any, account: Account, password: str) -> None:
    user.is_active = user.is_staff = True
    user.is_superuser = account.group is None
    user.first_name = user.first_name or account.first_name
    user.last_name = user.last_name or account.last_name
    user.set_password(password)
    user.save()
    if account.group is not None:
        roles.ensure()
        user.groups.add(Group.objects.get(name=account.group))
