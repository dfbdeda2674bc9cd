"""Log events carry ids and numbers, never what people wrote."""

import json
import logging

import pytest
import structlog

from config.common import events
from config.common.events import Event
from config.telemetry import set_up_logging


@pytest.mark.parametrize(
    "name", ["text", "body", "token", "secret", "password", "vector", "embedding", "identity", "authorization"]
)
def test_a_field_that_could_carry_text_is_refused(name):
    """Red when `emit` does not look at the names."""
    with structlog.testing.capture_logs() as logs, pytest.raises(ValueError, match=name):
        events.emit(Event.RUN_FAILED, **{name: "what the customer wrote"})
    assert logs == []


def test_an_event_is_logged_with_its_fields(capture):
    events.emit(Event.SESSION_ENDED, "warning", session="s-1")
    (line,) = capture()
    assert (line["event"], line["level"], line["session"]) == ("session.ended", "warning", "s-1")
    assert line["logger"] == "replywell"
    assert line["timestamp"].endswith("Z")


def test_the_request_is_named_in_its_lines(capture):
    with structlog.contextvars.bound_contextvars(request_id="r-1"):
        events.emit(Event.RUN_FENCED, "warning")
        logging.getLogger("elsewhere").warning("theirs")
    assert [line["request_id"] for line in capture()] == ["r-1", "r-1"]


def test_an_exception_is_one_line(capture):
    try:
        raise RuntimeError("broken")
    except RuntimeError:
        events.emit(Event.REQUEST_FAILED, "exception", path="/x")
    (line,) = capture()
    assert "RuntimeError: broken" in line["exception"]


def test_chatty_libraries_are_quiet(capture):
    for name in ("httpx", "openai", "uvicorn.access"):
        logging.getLogger(name).info("a request with its text")
    assert capture() == []


def test_events_have_names_of_their_own():
    assert len({str(event) for event in Event}) == len(Event)
    assert all("." in event for event in Event)


@pytest.fixture
def capture(settings, capsys):
    """The JSON lines on standard error; logging is set up as in production, and put back."""
    root = logging.getLogger()
    before = root.handlers[:], root.level, structlog.get_config()
    settings.LOG_FORMAT, settings.LOG_LEVEL = "json", "INFO"
    set_up_logging()

    def lines() -> list[dict]:
        return [json.loads(line) for line in capsys.readouterr().err.splitlines()]

    yield lines
    root.handlers[:], root.level = before[0], before[1]
    structlog.configure(**before[2])
