"""Where things are kept: DATA_DIR, and a private folder for what cannot live in it.

PostgreSQL's account may be unable to reach DATA_DIR (a checkout in a home folder of mode 700),
and a unix socket's path is limited to about 100 characters. Neither is a reason to open up
folders that are not ours, so such things move to a private folder, which a pointer file
in DATA_DIR names.
"""

import os
import shutil
import stat
import tempfile
from pathlib import Path

from .account import Account
from .errors import DevServicesError

POINTER = "private-folder"
PRIVATE_BASE = Path("/var/tmp")
LONGEST_SOCKET_PATH = 100
LEAST_FREE_BYTES = 300 * 1024 * 1024


def make_data_dir(path: Path, account: Account | None) -> None:
    """Create DATA_DIR for us alone, except that PostgreSQL's account may pass through it."""
    try:
        if not path.is_dir():
            path.mkdir(parents=True)
            open_to_group(path, account)
        elif not os.access(path, os.W_OK | os.X_OK):
            raise PermissionError(13, "Permission denied")
    except OSError as error:
        raise DevServicesError(
            f"The data folder {path} cannot be used ({error.strerror}): "
            "choose another one, for example DATA_DIR=~/replywell-data make run."
        ) from error


def open_to_group(path: Path, account: Account | None) -> None:
    """Ours, and for the account only a way through."""
    path.chmod(0o700)
    if account is not None:
        os.chown(path, os.geteuid(), account.gid)
        path.chmod(0o710)


def check_space(path: Path, needed: int = LEAST_FREE_BYTES) -> None:
    """Refuse to start on a disk that would soon be full."""
    free = shutil.disk_usage(path).free
    if free < needed:
        raise DevServicesError(
            f"Only {free // 2**20} MB are free where {path} is, and {needed // 2**20} MB are "
            "needed: free some space, or choose another disk with DATA_DIR=/path make run."
        )


def known_private_folder(data_dir: Path) -> Path | None:
    """The private folder of an earlier start, if it is still there and still ours."""
    try:
        folder = Path((data_dir / POINTER).read_text(encoding="utf-8").strip())
        info = folder.lstat()
    except OSError:
        return None
    private = stat.S_ISDIR(info.st_mode) and not info.st_mode & 0o067
    return folder if private and info.st_uid == os.geteuid() else None


def private_folder(data_dir: Path, account: Account | None) -> Path:
    """The private folder that belongs to this DATA_DIR, created when missing."""
    folder = known_private_folder(data_dir)
    if folder is None:
        base = PRIVATE_BASE if PRIVATE_BASE.is_dir() else None
        folder = Path(tempfile.mkdtemp(prefix="replywell-", dir=base))
        (data_dir / POINTER).write_text(f"{folder}\n", encoding="utf-8")
    if account is not None:
        open_to_group(folder, account)
    return folder


def fits(path: Path) -> bool:
    """Whether a unix socket can have this path."""
    return len(os.fsencode(path)) <= LONGEST_SOCKET_PATH
