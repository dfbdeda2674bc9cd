"""What the model is told of a system's answer, and what is known of the effect when there is none."""

import json
import uuid

import pytest

from agents.connectors import http
from agents.connectors.answers import EffectUnknown
from agents.connectors.models import HttpTool
from agents.registry import ToolFailed
from agents.turn import Who
from config.common.networks import parse_networks
from tests.fakes.system import Answer

READ, WRITE = {"risk": "read"}, {"risk": "write", "method": "POST"}


@pytest.fixture
def told(system):
    """What the model is told by a call of a tool that is not stored."""

    def call(arguments=None, hidden=frozenset(), **fields):
        tool = HttpTool(**({"risk": "read", "url": f"{system.url}/thing"} | fields))
        return http.make(http.Call(tool, arguments or {}, Who(uuid.uuid4()), "key-1", hidden))

    return call


@pytest.mark.parametrize(
    ("mapping", "said"),
    [
        ("", '{"order": {"state": "shipped", "n": 3, "ok": true}, "items": [{"name": "ü"}, {"name": "b"}]}'),
        ("State: order.state", "State: shipped"),
        ("State: order.state\nNumber: order.n\nGone: order.gone", "State: shipped\nNumber: 3"),
        ("Items: items[].name\nOK: order.ok", 'Items: ["ü", "b"]\nOK: true'),
        ("Gone: nothing.here", "Nothing was found."),
    ],
)
def test_an_answer_is_told_by_its_paths(system, told, mapping, said):
    system.says({"order": {"state": "shipped", "n": 3, "ok": True}, "items": [{"name": "ü"}, {"name": "b"}]})
    assert told(result=mapping) == said


@pytest.mark.parametrize(
    ("body", "kind"), [(b"Shipped.", "text/plain; charset=utf-8"), (b'"Shipped."', "application/json")]
)
def test_text_is_told_as_it_is(system, told, body, kind):
    system.answer = Answer(body, kind=kind)
    assert told().strip('"') == "Shipped."


def test_no_answer_is_one(system, told):
    system.answer = Answer(b"", 204)
    assert told(**WRITE) == "It was done."


@pytest.mark.parametrize(
    ("body", "kind", "mapping"),
    [
        (b"<html>", "text/html", "State: state"),
        (b'{"state": ', "application/json", ""),
        (b"\x89PNG", "image/png", ""),
        (b"[" * 100_000, "application/json", "State: state"),
    ],
)
def test_what_cannot_be_read(system, told, body, kind, mapping):
    """A tool that writes has done it all the same. Red when both are told the same."""
    system.answer = Answer(body, kind=kind)
    with pytest.raises(ToolFailed, match="could not be read"):
        told(result=mapping, max_kilobytes=200)
    assert told(result=mapping, max_kilobytes=200, **WRITE) == "It was done. The system's answer could not be read."


@pytest.mark.parametrize(
    ("status", "body", "kind", "reason"),
    [
        (
            404,
            b'{"detail": "There is no order 7."}',
            "application/json",
            "The system answered 404. There is no order 7.",
        ),
        (
            422,
            b'{"error": {"code": 1}, "message": "Too much."}',
            "application/problem+json",
            "The system answered 422. Too much.",
        ),
        (409, b"Not now.", "text/plain", "The system answered 409. Not now."),
        (400, b"<html>trace</html>", "text/html", "The system answered 400."),
        (401, b'{"detail": "token abc is wrong"}', "application/json", "The system answered 401."),
        (403, b'{"detail": "token abc is wrong"}', "application/json", "The system answered 403."),
        (429, b"x" * 1_000, "text/plain", ("The system answered 429. " + "x" * 1_000)[:300]),
    ],
)
@pytest.mark.parametrize("fields", [READ, WRITE])
def test_what_was_refused_has_had_no_effect(system, told, fields, status, body, kind, reason):
    """Red when a 4xx raises anything but ToolFailed."""
    system.answer = Answer(body, status, kind)
    with pytest.raises(ToolFailed) as failed:
        told(**fields)
    assert str(failed.value) == reason


@pytest.mark.parametrize(
    "answer",
    [Answer(b"{}", 500), Answer(b"{}", 503), Answer(b'{"a": "' + b"x" * 500 + b'"}', cut=True), Answer(b"x" * 1_001)]
    + [Answer(b"", status, headers={"Location": "/other"}) for status in (301, 302, 303, 307, 308)],
)
def test_nobody_can_tell_what_a_broken_answer_to_a_writing_tool_means(system, told, answer):
    """Red when `failed` or `answers.told` take it for no effect."""
    system.answer = answer
    with pytest.raises(EffectUnknown):
        told(max_kilobytes=1, **WRITE)
    assert len(system.asked) == 1


def test_a_writing_tool_that_is_a_get_follows_no_redirect_either(system, told):
    """Red when `send` lets every tool follow redirects."""
    system.answer = Answer(b"", 302, headers={"Location": "/other"})
    with pytest.raises(EffectUnknown):
        told(risk="write", method="GET")
    assert [asked.target for asked in system.asked] == ["/thing"]


def test_nobody_can_tell_after_the_time_is_up(system, told, gate):
    """Red when `send` sets no limit of its own."""
    system.answer = Answer(hold=gate)
    with pytest.raises(EffectUnknown):
        told(timeout=1, **WRITE)


@pytest.fixture
def gate():
    import threading

    event = threading.Event()
    yield event
    event.set()


@pytest.mark.parametrize("size", [1_000, 1_001])
def test_an_answer_has_a_largest_size(system, told, size):
    system.answer = Answer(b"x" * size, kind="text/plain")
    if size == 1_000:
        assert told(max_kilobytes=1) == "x" * 1_000
    else:
        with pytest.raises(ToolFailed, match="could not be read"):
            told(max_kilobytes=1)


def test_without_a_connection_nothing_was_done(told, unused_tcp_port):
    """Red when `fetch` does not tell an unmade connection from a broken one."""
    with pytest.raises(ToolFailed, match="cannot be reached"):
        told(url=f"http://127.0.0.1:{unused_tcp_port}/", **WRITE)


@pytest.mark.parametrize(
    "url",
    ["http://169.254.169.254/latest/", "http://[::1]:{port}/", "http://2130706433:{port}/", "http://localhost:{port}/"],
)
@pytest.mark.parametrize("fields", [READ, WRITE])
def test_nothing_inside_is_reached(system, told, settings, fields, url):
    """Where it leads is not told. Red when `send` asks anything but the guard."""
    settings.FETCH_ALLOWED_NETWORKS = ()
    with pytest.raises(ToolFailed) as failed:
        told(url=url.format(port=system.url.rpartition(":")[2]), **fields)
    assert (str(failed.value), system.asked) == ("The system behind the tool cannot be reached.", [])


def test_a_redirect_inside_is_not_followed(system, told, settings):
    settings.FETCH_ALLOWED_NETWORKS = parse_networks(["127.0.0.1"])
    system.answer = Answer(b"", 302, headers={"Location": "http://127.0.0.2/"})
    with pytest.raises(ToolFailed, match="cannot be reached"):
        told()
    assert len(system.asked) == 1


def test_a_credential_that_the_system_repeats_is_not_told(system, told):
    """Red when `http.told` does not look for it."""
    system.says({"you sent": "Bearer hunter22", "pin": "p1n-code"})
    said = told({"pin": "p1n-code"}, frozenset({"pin"}), auth="bearer", secret="hunter22")
    assert json.loads(said) == {"you sent": "Bearer •••", "pin": "•••"}
    system.says({"detail": "hunter22 is no good"}, 422)
    with pytest.raises(ToolFailed) as failed:
        told(auth="bearer", secret="hunter22")
    assert "hunter22" not in str(failed.value)
