"""Makes .venv and installs the requirements; run by the system's Python before anything is there.

Standard library and Python 3.6 syntax only: an old Python must be able to say that it is too old.
"""

import errno
import fcntl
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
VENV = ROOT / ".venv"
INNER_PYTHON = VENV / "bin" / "python"
LOG = VENV / "setup.log"
UNFINISHED = VENV / ".unfinished"
REQUIREMENTS = {
    "run": ["requirements.txt"],
    "test": ["requirements.txt", "tests/requirements.txt"],
}
OLDEST = (3, 11)
NEWER_PYTHONS = ("python3.13", "python3.12", "python3.11", "python3.14")
IS_NEW_ENOUGH = f"import sys; sys.exit(sys.version_info < {OLDEST})"
NEEDED_GB = 3
CPU_INDEX = "https://download.pytorch.org/whl/cpu"
PIP_INSTALL = ["-Im", "pip", "install", "--disable-pip-version-check", "--no-input"]
ENVIRONMENT = dict(os.environ, PYTHONUNBUFFERED="1", PIP_USER="0", PIP_PROGRESS_BAR="off")
DOWNLOAD_TROUBLE = (
    r"Could not (find a version|fetch)|No matching distribution|ConnectionError|Connection broken"
    r"|NewConnectionError|Max retries|[Tt]imed out|Network is unreachable|SSLError"
)


class SetupError(Exception):
    """Why the set-up cannot go on, in one sentence with what to do."""


def fingerprint(target: str, root: Path = ROOT) -> str:
    """Changes with the requirements and with the Python that .venv was made from."""
    digest = hashlib.sha256()
    for name in REQUIREMENTS[target] + [".venv/pyvenv.cfg"]:
        digest.update((root / name).read_bytes() + b"\0")
    return digest.hexdigest()


def stamp(target: str, root: Path = ROOT) -> Path:
    """The file that says for which fingerprint .venv is complete."""
    return root / ".venv" / (".complete-" + target)


def is_complete(target: str, root: Path = ROOT) -> bool:
    """Whether .venv already holds what the target needs."""
    try:
        is_current = stamp(target, root).read_text() == fingerprint(target, root)
    except OSError:
        return False
    return is_current and os.access(str(root / ".venv" / "bin" / "python"), os.X_OK)


def remember(target: str, root: Path = ROOT) -> None:
    """Note that .venv is complete; the tests' requirements include the others."""
    for name in ["run", "test"] if target == "test" else ["run"]:
        stamp(name, root).write_text(fingerprint(name, root))


def succeeds(command: "list[str]") -> bool:
    """Whether a command ends well; its output does not matter."""
    return subprocess.call(command, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT) == 0


def choose_python(version: "tuple[int, ...]" = tuple(sys.version_info[:2])) -> str:
    """This Python if it is new enough, else a newer one from the PATH."""
    if version >= OLDEST:
        return sys.executable
    for path in filter(None, map(shutil.which, NEWER_PYTHONS)):
        if succeeds([path, "-c", IS_NEW_ENOUGH]):
            return path
    raise SetupError(
        "Python 3.11 or newer is needed and this is {}: install a newer one, or name it: "
        "make PYTHON=/path/to/python3.11 run.".format(".".join(map(str, version)))
    )


def check_space(free: int) -> None:
    """Refuse to begin what would end in a full disk."""
    if free < NEEDED_GB * 10**9:
        raise SetupError(
            f"Only {free / 1e9:.1f} GB are free here and the packages need about {NEEDED_GB} GB: "
            "free some space and run the same command again."
        )


def check_writable(root: Path = ROOT) -> None:
    """Refuse to begin without write permission."""
    folder = root / ".venv" if (root / ".venv").is_dir() else root
    if not os.access(str(folder), os.W_OK | os.X_OK):
        raise SetupError(f"{folder} is read-only for you: run this as its owner.")


def explain(output: str) -> str:
    """One sentence about a failed command, from what it printed."""
    if os.strerror(errno.ENOSPC) in output:
        return f"The disk is full: free about {NEEDED_GB} GB and try again."
    if re.search("ensurepip is not available|No module named '?(venv|ensurepip)", output):
        return (
            "This Python lacks its venv module: install it (on Debian and Ubuntu: "
            "sudo apt install python3-venv) and run the same command again."
        )
    if os.strerror(errno.EACCES) in output:
        return "A file in .venv cannot be written: remove .venv and run the same command again."
    if re.search(DOWNLOAD_TROUBLE, output):
        return (
            "A download failed: check the network and pip's index settings, and run the "
            "same command again; it goes on where it stopped."
        )
    return f"The set-up failed: its last lines are above, all of them in {LOG}."


class Progress:
    """Says on the screen which stage is running, for how long, and what pip is at."""

    def __init__(self, stages: int) -> None:
        self.stages = stages
        self.number = 0
        self.began = self.shown = 0.0
        self.is_terminal = sys.stdout.isatty()

    def stage(self, text: str) -> None:
        """The next stage begins."""
        self.number += 1
        self.began = self.shown = time.monotonic()
        print(f"[set-up {self.number}/{self.stages}] {text} ...", flush=True)

    def tick(self, detail: str) -> None:
        """Still at it: every second on a terminal, else every 15."""
        now = time.monotonic()
        if now - self.shown >= (1 if self.is_terminal else 15):
            self.shown = now
            self.line(f"{now - self.began:.0f} s  {detail}"[:72], not self.is_terminal)

    def done(self) -> None:
        """The stage has ended."""
        self.line(f"done in {time.monotonic() - self.began:.0f} s", True)

    def line(self, text: str, is_final: bool) -> None:
        """Write a line, over the last one on a terminal."""
        start = "\r\x1b[K" if self.is_terminal else ""
        print(start + "      " + text, end="\n" if is_final else "", flush=True)


def run(command: "list[str]", progress: Progress) -> None:
    """Run a command with its output in the log; its last lines are shown when it fails."""
    output = ["$ " + " ".join(command)]
    packages = 0
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=ENVIRONMENT, cwd=str(ROOT)
    )
    try:
        for raw in process.stdout or []:
            output.append(raw.decode("utf-8", "replace").strip())
            packages += output[-1].startswith(("Collecting ", "Requirement already"))
            if output[-1].startswith("Installing collected packages"):
                UNFINISHED.touch()  # from here on an interruption may leave half a package
            progress.tick(f"{packages} packages: {output[-1]}")
    except KeyboardInterrupt:
        process.terminate()
        raise
    failed = process.wait() != 0
    if VENV.is_dir():
        LOG.open("a").write("\n".join(output) + "\n")
    if failed:
        progress.line("\n".join(["failed", *output[-12:]]), True)
        raise SetupError(explain("\n".join(output)))
    progress.done()


def make_venv(python: str, progress: Progress) -> None:
    """A virtual environment with a working pip; a half-made one is made afresh."""
    if UNFINISHED.exists():
        print("The last set-up was interrupted: beginning afresh, with what pip has downloaded.")
    progress.stage("Virtual environment in .venv")
    if os.access(str(INNER_PYTHON), os.X_OK) and not UNFINISHED.exists():
        checks = [["-c", IS_NEW_ENOUGH], ["-Im", "pip", "--version"]]
        if all(succeeds([str(INNER_PYTHON), *check]) for check in checks):
            progress.done()
            return
    run([python, "-m", "venv", "--clear", str(VENV)], progress)


def install_torch(progress: Progress) -> None:
    """The pinned torch from PyTorch's own index, whose Linux builds come without CUDA."""
    from urllib.request import urlopen  # slow to import, and only needed here

    progress.stage("PyTorch without CUDA")
    requirements = (ROOT / "requirements.txt").read_text().splitlines()
    pin = next(line for line in requirements if line.startswith("torch=="))
    options = ["--index-url", CPU_INDEX, "--retries", "0", "--timeout", "15", pin]
    try:
        urlopen(CPU_INDEX + "/torch/", timeout=8).close()  # pip would try for longer
        run([str(INNER_PYTHON), *PIP_INSTALL, *options], progress)
    except (SetupError, OSError, ValueError):
        progress.line("PyTorch's CPU index is out of reach: the ordinary index is next", True)


def install(target: str, python: str) -> None:
    """All stages."""
    name = REQUIREMENTS[target][-1]
    is_linux = sys.platform.startswith("linux")
    progress = Progress(3 if is_linux else 2)
    make_venv(python, progress)
    if is_linux:
        install_torch(progress)
    progress.stage(f"Packages of {name}, minutes at the first time")
    run([str(INNER_PYTHON), *PIP_INSTALL, "-r", str(ROOT / name)], progress)
    remember(target)
    if UNFINISHED.exists():
        UNFINISHED.unlink()


def main(target: str) -> int:
    """Set up for `run` or `test`; returns the exit code."""
    if is_complete(target):
        return 0
    try:
        python = choose_python()
        check_writable()
        fcntl.flock(os.open(str(ROOT), os.O_RDONLY), fcntl.LOCK_EX)  # make may run twice at once
        if not is_complete(target):
            if not VENV.is_dir() or UNFINISHED.exists():
                check_space(shutil.disk_usage(str(ROOT)).free)
            install(target, python)
    except (SetupError, OSError) as error:
        full = isinstance(error, OSError) and error.errno == errno.ENOSPC
        print(f"\nCannot set up. {explain(str(error)) if full else error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted. Run the same command again to finish.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(main(sys.argv[1]))
