"""A sound production is told nothing by `manage.py check --deploy`."""

import os
import subprocess
import sys

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured

from config import environment as module
from tests.engines import ROOT


def test_a_sound_production_is_told_nothing():
    """Red with any warning of a check that is not silenced, such as SESSION_COOKIE_SECURE off."""
    environment = os.environ | {
        "REPLYWELL_DEV": "",
        "SECRET_KEY": "q7Jm-2vXz0KpYtR4wLbN8sDfGh1cVeQa9uTiOyPx3ZkE5rWjA6sB-Hd2U",
        "SESSION_ENCRYPTION_KEYS": Fernet.generate_key().decode(),
        "ALLOWED_HOSTS": "support.example.com",
        "EXTRA_APPS": "",
    }
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=100)
    assert (run.returncode, run.stderr) == (0, "")
    assert "no issues" in run.stdout


@pytest.mark.parametrize(
    "dsn", ["errors.here/1", "https://errors.here/1", "https://secret@errors.here/x", "secret@errors.here/1"]
)
def test_a_mistyped_dsn_names_its_variable_and_not_the_key(monkeypatch, dsn):
    monkeypatch.setenv("SENTRY_DSN", dsn)
    with pytest.raises(ImproperlyConfigured, match="SENTRY_DSN") as refused:
        module.env_dsn("SENTRY_DSN")
    assert dsn not in str(refused.value)


@pytest.mark.parametrize("dsn", ["", "https://key@sentry.example.com/1", "http://key@127.0.0.1:9000/sub/12"])
def test_a_dsn_that_is_one(monkeypatch, dsn):
    monkeypatch.setenv("SENTRY_DSN", dsn)
    assert module.env_dsn("SENTRY_DSN") == dsn
