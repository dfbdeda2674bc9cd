"""The virtual environment of the stacks we compare ourselves with: it sees the product's packages and adds its own."""

import hashlib
import subprocess
import sys
import sysconfig

from tests.engines import ROOT

FOLDER = ROOT / ".venv-bench"
PYTHON = FOLDER / "bin" / "python"
_REQUIREMENTS = ROOT / "tests" / "benchmarks" / "requirements.txt"
_STAMP = FOLDER / ".complete"


def is_complete() -> bool:
    """Whether the environment holds what requirements.txt says."""
    return _STAMP.is_file() and _STAMP.read_text() == _fingerprint()


def ensure() -> str:
    """Make the environment unless it is there; returns why that failed, or an empty string."""
    if is_complete():
        return ""
    try:
        _run(sys.executable, "-m", "venv", str(FOLDER))
        own = subprocess.check_output(
            [PYTHON, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], text=True
        )
        with open(f"{own.strip()}/product.pth", "w") as file:
            file.write(sysconfig.get_path("purelib") + "\n")
        _run(str(PYTHON), "-m", "pip", "install", "-q", "--disable-pip-version-check", "-r", str(_REQUIREMENTS))
    except (subprocess.CalledProcessError, OSError) as error:
        output = getattr(error, "stderr", None) or str(error)
        return f"the comparison's packages could not be installed: {output.strip().splitlines()[-1]}"
    _STAMP.write_text(_fingerprint())
    return ""


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, text=True)


def _fingerprint() -> str:
    return hashlib.sha256(_REQUIREMENTS.read_bytes()).hexdigest()
