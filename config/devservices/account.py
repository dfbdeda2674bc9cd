"""The operating system's account that PostgreSQL runs under, for it refuses to run as root."""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path

from .errors import DevServicesError

CANDIDATES = ("postgres", "nobody")


@dataclass(frozen=True)
class Account:
    """An unprivileged account to drop to."""

    name: str
    uid: int
    gid: int


def account_for(existing_data: Path) -> Account | None:
    """The account to drop to: the owner of existing data, or a usual one; None without root."""
    if os.geteuid() != 0:
        return None
    try:
        owner = existing_data.stat().st_uid
    except OSError:
        owner = 0
    try:
        entry = pwd.getpwuid(owner) if owner else first_candidate()
    except KeyError as error:
        raise DevServicesError(
            "PostgreSQL does not run as root, and there is no account to run it under: "
            "add one (useradd --system postgres) or run this as an ordinary user."
        ) from error
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def first_candidate() -> pwd.struct_passwd:
    """The first of the usual unprivileged accounts that this machine has."""
    for name in CANDIDATES:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise KeyError(CANDIDATES)


def can_enter(account: Account | None, path: Path) -> bool:
    """Whether the account may enter a folder or run a file, decided by the kernel."""
    if account is None:
        return True
    try:
        answer = subprocess.run(
            ["/bin/sh", "-c", 'test -x "$1"', "sh", str(path)],
            user=account.uid,
            group=account.gid,
            extra_groups=[],
            cwd="/",
            check=False,
        )
    except (PermissionError, subprocess.SubprocessError) as error:
        raise DevServicesError(
            f"PostgreSQL does not run as root, and switching to the account {account.name} is "
            "not allowed here: run this as an ordinary user, or set DATABASE_URL."
        ) from error
    return answer.returncode == 0


def give(path: Path, account: Account | None, mode: int) -> None:
    """Hand a folder or file of ours to the account."""
    if account is not None:
        os.chown(path, account.uid, account.gid)
    path.chmod(mode)
