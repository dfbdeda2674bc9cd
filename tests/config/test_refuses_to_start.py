"""A web process in production refuses to start with what must not go live, and says what to do."""

import os
import subprocess
import sys

import pytest

from tests.engines import ROOT


@pytest.mark.parametrize(
    ("setting", "value", "check"),
    [("SECRET_KEY", "", "E002"), ("SESSION_ENCRYPTION_KEYS", "", "E003"), ("DEBUG", "1", "E004")],
)
def test_a_web_process_refuses(setting, value, check):
    """Mutation: leave checks.enforce out of the lifespan."""
    environment = os.environ | {"REPLYWELL_DEV": "", setting: value}
    if not value:
        del environment[setting]
    command = [sys.executable, "-m", "uvicorn", "config.asgi:application", "--port", "0", "--lifespan", "on"]
    run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    assert run.returncode != 0
    assert f"replywell.{check}" in run.stderr
    assert "Traceback" not in run.stderr
