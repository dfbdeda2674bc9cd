"""Which secrets of demo.json are still good, and new ones for those that are not."""

from typing import Any

from django.utils import timezone

from sessions_app.models import ApiKey, Inbox
from support.demo import staff

KEY_NAME = "Demo (demo.json)"


def ensure(inbox: Inbox, record: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The staff and API key parts of demo.json, and what was done. `record` is the file as an earlier run left it."""
    key = record.get("api_key")
    given = ApiKey.objects.filter(digest=ApiKey.digest_of(key)).first() if isinstance(key, str) else None
    # Both are random and known to one database only: a file that has neither was written for another one.
    is_ours = given is not None or record.get("identity_secret") == inbox.identity_secret
    accounts, lines = staff.ensure(_accounts(record) if is_ours else {})
    if given is None or given.revoked_at is not None:
        ApiKey.objects.filter(name=KEY_NAME, revoked_at=None).update(revoked_at=timezone.now())
        _, key = ApiKey.issue(KEY_NAME, ApiKey.SCOPES)
        lines.append("API key: created")
    return {**accounts, "api_key": key}, lines


def _accounts(record: dict[str, Any]) -> staff.Credentials:
    """The accounts of the file that have the shape of one."""
    known = {account.role: record.get(account.role) for account in staff.ACCOUNTS}
    return {
        role: entry
        for role, entry in known.items()
        if isinstance(entry, dict) and all(isinstance(value, str) for value in entry.values())
    }
