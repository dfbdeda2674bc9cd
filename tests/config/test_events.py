"""Log events carry ids and numbers, never what people wrote."""

import pytest
import structlog

from config.common import events
from config.common.events import Event


@pytest.mark.parametrize(
    "name",
    [
        *("text", "body", "content", "message", "question", "query", "arguments", "result", "name", "email"),
        *("token", "secret", "password", "identity", "authorization", "cookie", "vector", "embedding"),
    ],
)
def test_a_field_that_could_carry_text_is_refused(name):
    """Red when `emit` does not look at the names."""
    with structlog.testing.capture_logs() as logs, pytest.raises(ValueError, match=name):
        events.emit(Event.RUN_FAILED, **{name: "what the customer wrote"})
    assert logs == []


def test_events_have_names_of_their_own():
    assert len({str(event) for event in Event}) == len(Event)
    assert all("." in event for event in Event)
