"""The embedded PostgreSQL with pgvector, run as a child of the supervisor.

Reached through a unix socket only, and only by the account that runs Replywell (and the one
PostgreSQL runs under): peer authentication, so there is no password to keep or to lose.
"""

import getpass
import locale
import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path
from urllib.parse import quote

from .account import account_for, can_enter, give
from .errors import DevServicesError
from .folders import fits, known_private_folder, make_data_dir, private_folder
from .pginstall import find_install, runnable_install
from .process import Program

NAME = "replywell"
SOCKET = ".s.PGSQL.5432"
ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C"}
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "cluster_name": NAME,
    "fsync": "on",
    "synchronous_commit": "on",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "log_min_messages": "fatal",
}
CREATE_DATABASE = f"""
SELECT 'CREATE DATABASE {NAME}'
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '{NAME}') \\gexec
\\connect {NAME}
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS vector;
"""


class Postgres:
    """One cluster, kept under `data_dir` or, if need be, in its private folder."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.account = account_for(data_dir / "postgres" / "data")
        make_data_dir(data_dir, self.account)
        self.note = ""
        self.home = self.choose_home()
        self.data = self.home / "data"
        self.sockets = self.choose_sockets()
        self.is_new = not (self.data / "PG_VERSION").is_file()
        self.install = runnable_install(find_install(self.data), data_dir, self.account)

    @property
    def url(self) -> str:
        """The value for DATABASE_URL."""
        return f"postgresql://{NAME}@/{NAME}?host={quote(str(self.sockets), safe='')}"

    def choose_home(self) -> Path:
        """The folder that holds the cluster, handed to PostgreSQL's account."""
        known = known_private_folder(self.data_dir)
        moved = known is not None and (known / "postgres" / "data").is_dir()
        home = self.data_dir / "postgres"
        if moved or not can_enter(self.account, self.data_dir):
            home = private_folder(self.data_dir, self.account) / "postgres"
            self.note = f"PostgreSQL's data is in {home}: its account cannot enter {self.data_dir}."
        return self.make_folder(home)

    def choose_sockets(self) -> Path:
        """The folder that holds the socket."""
        if fits(self.home / SOCKET):
            return self.home
        return self.make_folder(private_folder(self.data_dir, self.account) / "postgres-socket")

    def make_folder(self, folder: Path) -> Path:
        """A folder of PostgreSQL's account alone."""
        folder.mkdir(exist_ok=True)
        give(folder, self.account, 0o700)
        return folder

    def prepare(self) -> None:
        """Make the cluster if there is none yet, and say who may connect."""
        if self.is_new:
            self.initialise()
        self.clear_stale_pid()
        users = {getpass.getuser() if self.account is None else "root"}
        if self.account is not None:
            users.add(self.account.name)
        mapping = "".join(f'{NAME} "{user}" {NAME}\n' for user in sorted(users))
        self.write("pg_hba.conf", f"local all all peer map={NAME}\n")
        self.write("pg_ident.conf", mapping)

    def initialise(self) -> None:
        """Run initdb beside the final place, so that an interrupted one leaves nothing there."""
        unfinished = self.home / "data.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        argv = [
            *(str(self.install / "bin" / "initdb"), f"--pgdata={unfinished}"),
            *(f"--username={NAME}", "--auth=peer", "--encoding=UTF8"),
            *("--locale=C", f"--lc-ctype={character_locale()}"),
            *("--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
        ]
        program = Program("initdb", tuple(argv), ENVIRONMENT, self.home, self.account)
        result = subprocess.run(argv, **program.popen_options(), capture_output=True, text=True, check=False)
        if result.returncode != 0:
            last = (result.stderr.strip() or result.stdout.strip()).splitlines()[-1:]
            raise DevServicesError(
                f"PostgreSQL could not make its data folder in {self.home} ({' '.join(last)}): "
                "check the disk, or choose another DATA_DIR."
            )
        unfinished.rename(self.data)

    def write(self, name: str, text: str) -> None:
        """Write a configuration file that PostgreSQL's account can read."""
        path = self.data / name
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            give(path, self.account, 0o600)

    def clear_stale_pid(self) -> None:
        """Remove a left-over pid file whose number now belongs to some other program.

        PostgreSQL itself only sees that the number is in use, and would refuse to start.
        """
        path = self.data / "postmaster.pid"
        try:
            pid = path.read_text(encoding="utf-8").split("\n", 1)[0]
        except FileNotFoundError:
            return
        deadline = time.monotonic() + 10
        while is_postgres(pid):
            if time.monotonic() > deadline:
                raise DevServicesError(f"Another PostgreSQL (process {pid}) uses {self.data}: stop it first.")
            time.sleep(0.05)
        path.unlink(missing_ok=True)

    def program(self) -> Program:
        """The server process."""
        argv = [str(self.install / "bin" / "postgres"), "-D", str(self.data)]
        for name, value in {**SETTINGS, "unix_socket_directories": str(self.sockets)}.items():
            argv += ["-c", f"{name}={value}"]
        return Program(
            name="postgres",
            argv=tuple(argv),
            env=ENVIRONMENT,
            cwd=self.home,
            account=self.account,
            stop_stage=3,
            stop_signal=signal.SIGINT,
            stop_timeout=20,
            abort_signal=signal.SIGQUIT,
        )

    def is_ready(self, pid: int) -> bool:
        """Whether the server with this process id accepts connections."""
        try:
            lines = (self.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return False
        return len(lines) > 7 and lines[0] == str(pid) and lines[7].strip() == "ready"

    def create_database(self) -> None:
        """Create the database and the vector extension where they are missing."""
        psql = [str(self.install / "bin" / "psql"), "-qAtX", "-v", "ON_ERROR_STOP=1"]
        result = subprocess.run(
            [*psql, "-h", str(self.sockets), "-U", NAME, "-d", "postgres"],
            input=CREATE_DATABASE,
            env=ENVIRONMENT,
            capture_output=True,
            text=True,
            check=False,
        )
        if result.returncode != 0:
            raise DevServicesError(
                f"The database could not be created ({result.stderr.strip()}): "
                "choose a fresh DATA_DIR, or set DATABASE_URL."
            )


def character_locale() -> str:
    """A UTF-8 locale of this machine, so that full-text search knows letters from dashes."""
    before = locale.setlocale(locale.LC_CTYPE)
    try:
        for name in ("C.UTF-8", "en_US.UTF-8"):
            try:
                return locale.setlocale(locale.LC_CTYPE, name)
            except locale.Error:
                continue
    finally:
        locale.setlocale(locale.LC_CTYPE, before)
    return "C"


def is_postgres(pid: str) -> bool:
    """Whether this process exists and is a PostgreSQL server."""
    try:
        command = Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8", errors="replace")
    except OSError:
        if Path("/proc/self").exists():
            return False
        listing = ["ps", "-o", "command=", "-p", pid]
        command = subprocess.run(listing, capture_output=True, text=True, check=False).stdout
    return re.search(r"\bpostgres\b", command) is not None
