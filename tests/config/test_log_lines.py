"""In production each log record is one line of JSON, ours and our libraries' alike."""

import json
import subprocess
import sys

import pytest

from tests.engines import ROOT

PROGRAM = """
import logging
import structlog
from config.common.events import Event, emit
from config.telemetry import set_up_logging

set_up_logging()
emit(Event.SESSION_ENDED, "warning", session="s-1")
with structlog.contextvars.bound_contextvars(request_id="r-1"):
    emit(Event.RUN_FENCED)
    logging.getLogger("elsewhere").warning("theirs")
try:
    raise RuntimeError("broken")
except RuntimeError:
    emit(Event.REQUEST_FAILED, "exception", path="/x")
for name in ("httpx", "openai", "sentence_transformers"):
    logging.getLogger(name).info("a request with its text")
"""


@pytest.fixture(scope="module")
def lines() -> list[dict]:
    """What a process of its own writes to standard error."""
    environment = {"DJANGO_SETTINGS_MODULE": "config.settings", "LOG_FORMAT": "json", "LOG_LEVEL": "INFO"}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout == ""
    return [json.loads(line) for line in done.stderr.splitlines()]


def test_an_event_has_its_fields(lines):
    line = lines[0]
    assert (line["event"], line["level"], line["session"]) == ("session.ended", "warning", "s-1")
    assert line["logger"] == "replywell"
    assert line["timestamp"].endswith("Z")


def test_the_request_is_named_in_its_lines(lines):
    """Red without merge_contextvars, or when foreign records do not pass _SHARED."""
    assert [(line["event"], line["request_id"]) for line in lines[1:3]] == [("run.fenced", "r-1"), ("theirs", "r-1")]
    assert "request_id" not in lines[0]


def test_an_exception_is_one_line_without_its_message(lines):
    """Red when `exception` is what format_exc_info makes of it: a message may quote what a customer wrote."""
    told = lines[3]["exception"]
    assert told.endswith("builtins.RuntimeError")
    assert 'File "<string>"' in told
    assert "broken" not in told


def test_chatty_libraries_are_quiet(lines):
    assert len(lines) == 4
