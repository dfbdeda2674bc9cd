"""A pytest plugin, loaded before Django reads its settings: real PostgreSQL and Valkey for the whole run.

`DATABASE_URL` and `REDIS_URL` from outside are used instead, when both are set. Of several processes that share the tests
(pytest-xdist) each has engines of its own: what one test kills is nobody else's.
"""

import os
import tempfile
from contextlib import ExitStack
from pathlib import Path

from config.devservices.engines import running

ROOT = Path(__file__).resolve().parent.parent

_running = ExitStack()
# Set where the engines were started here and not given: processes inherit it together with the addresses.
_OURS = "REPLYWELL_TEST_ENGINES"
# A folder that all processes of a run share.
SHARED = "REPLYWELL_TEST_SHARED"

ENVIRONMENT = {
    "REPLYWELL_DEV": "1",
    "DEBUG": "",
    "SECRET_KEY": "a-secret-key-for-tests-only-that-is-long-enough",
    "SESSION_ENCRYPTION_KEYS": "bm90LWEtc2VjcmV0LWtleS1mb3ItdGVzdHMtMDAwMDA=",
    "RATE_LIMIT_MESSAGES": "100000/m",
    "RATE_LIMIT_HTTP": "100000/m",
    "RATE_LIMIT_SESSIONS": "100000/m",
    "RATE_LIMIT_SIGN_IN": "100000/m",
    "RATE_LIMIT_SIGN_IN_NAME": "100000/m",
    "ALLOWED_HOSTS": "localhost,127.0.0.1,testserver",
    "EXTRA_APPS": "tests.toolkit",
    "MODEL_BREAKER_FAILURES": "0",
    "OPENAI_API_KEY": "",
    "OPENAI_BASE_URL": "",
    "LOG_LEVEL": "WARNING",
    "LOG_FORMAT": "console",
    "DJANGO_SETTINGS_MODULE": "config.settings",
}


def _start() -> None:
    os.environ.update(ENVIRONMENT)
    os.environ["DATA_DIR"] = _running.enter_context(tempfile.TemporaryDirectory(prefix="replywell-data-"))
    os.environ.setdefault(SHARED, os.environ["DATA_DIR"])
    # Made once for all runs; its name tells from which weights.
    os.environ["MODEL_DIR"] = str(ROOT / ".venv" / "models")
    is_given = os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL")
    if not is_given or os.environ.get(_OURS):
        os.environ[_OURS] = "1"
        engines = _running.enter_context(running())
        os.environ["DATABASE_URL"], os.environ["REDIS_URL"] = engines.database_url, engines.redis_url


_start()


def pytest_unconfigure() -> None:
    """The engines end with the run."""
    _running.close()
