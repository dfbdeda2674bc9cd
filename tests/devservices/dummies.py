"""Small programs for the supervisor to keep."""

import os
import sys
from pathlib import Path
from typing import Any

from config.devservices.process import Program

SLEEP = "import time; print('up', flush=True); time.sleep(600)"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {SLEEP}"
WITH_CHILD = f"import os; os.fork(); {SLEEP}"


def dummy(name: str, code: str, **options: Any) -> Program:
    """A Python one-liner as a program."""
    argv = (sys.executable, "-S", "-c", code)
    return Program(name, argv, {"PATH": os.defpath}, Path("/"), **options)
