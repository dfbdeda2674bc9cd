"""Spans in one process: when there are any, what they carry, and what they cost when nobody asked for them."""

import subprocess
import sys
import timeit

import pytest

from agents import observing
from agents.llm import Completion
from agents.providers import Provider
from config.common import tracing
from knowledge import retrieval
from knowledge.audience import EVERYTHING
from support import perform, run_actions, wakeups
from support.change import Change
from support.live import Topic
from support.models import Run
from tests.engines import ROOT
from tests.support.conversations import OWNER, ask, new_place

PROVIDER = Provider("http://models.example.com:8000/v1", "key", "small")
TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def chat(completion: Completion) -> None:
    with tracing.span("turn", root=True):
        with observing.ModelCall(PROVIDER, [{"role": "user", "content": "What they asked"}], completion):
            completion.text, completion.finish_reason = "What it said", "stop"


def test_what_was_written_is_left_out(tracer):
    """Red when `content` does not look whether it may."""
    tracer.start()
    chat(Completion(input_tokens=7))
    (span, _) = tracer.told()
    assert span.name == "chat small"
    assert (span.attributes["server.address"], span.attributes["server.port"]) == ("models.example.com", 8000)
    assert span.attributes["gen_ai.usage.input_tokens"] == 7
    assert not [name for name in span.attributes if "messages" in name]


def test_what_was_written_is_there_when_asked_for(tracer):
    tracer.start(captures=True)
    chat(Completion())
    (span, _) = tracer.told()
    assert span.attributes["gen_ai.input.messages"] == (
        '[{"role": "user", "parts": [{"type": "text", "content": "What they asked"}]}]'
    )
    assert "What it said" in span.attributes["gen_ai.output.messages"]


@pytest.mark.django_db
def test_a_search_is_part_of_a_trace_or_of_none(tracer):
    """Red when spans without a trace above them are begun all the same."""
    tracer.start(captures=True)
    retrieval.search("Outside of any trace", EVERYTHING)
    with tracing.span("turn", root=True):
        retrieval.search("Inside of one", EVERYTHING)
    (search, turn) = tracer.told()
    assert (search.name, search.parent, turn.parent) == ("retrieval knowledge", turn.id, "")
    assert search.attributes["gen_ai.retrieval.query.text"] == "Inside of one"


def test_an_error_is_named_and_not_quoted(tracer):
    """Red with record_exception."""
    tracer.start()
    with pytest.raises(ValueError), tracing.span("frame", root=True):
        raise ValueError("What they wrote")
    (span,) = tracer.told()
    assert span.failed
    assert span.attributes == {"error.type": "ValueError"}


@pytest.mark.django_db
def test_a_run_that_is_taken_over_stays_in_its_trace(tracer):
    """Red when _start_again does not pass the trace on."""
    tracer.start()
    with tracing.span("frame", root=True):
        here = tracing.carrier()
        run = ask(new_place()).run
    assert run.trace == here
    run_actions.let_go(OWNER)
    taken = run_actions.reclaim(run.id, "another-process").run
    assert Run.objects.get(id=taken.id).trace == here


@pytest.mark.django_db
def test_other_processes_are_told_of_the_trace(tracer):
    """Red when `told` leaves it out, or the topic does not keep it."""
    tracer.start()
    change = ask(new_place())
    with tracing.span("frame", root=True):
        (_, message), *_ = wakeups.told(change, "here")
        assert message["trace"] == tracing.carrier()
    topic = Topic(change.conversation.id)
    topic.traced(range(1, 60), message["trace"])
    assert len(topic.traces) == 50
    assert topic.traces[59] == message["trace"]


@pytest.mark.django_db
def test_an_action_of_a_thread_is_a_span(tracer):
    tracer.start()
    place = new_place()
    with tracing.span("request", root=True):
        perform.perform_sync(lambda: ask(place))
        perform.perform_sync(_nothing)
    spans = {span.name: span for span in tracer.told()}
    assert spans["commit <lambda>"].attributes["replywell.seq"] == 1
    assert "commit _nothing" in spans


def _nothing() -> Change | None:
    return None


def test_a_parent_of_another_process(tracer):
    tracer.start()
    with tracing.span("process", parent=TRACEPARENT):
        pass
    with tracing.span("process", parent="nonsense"):
        pass
    (span,) = tracer.told()
    assert (span.trace, span.parent) == ("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331")


LOADED = """
import django, sys
django.setup()
from config import tracing
tracing.set_up()
print([name for name in ("opentelemetry.sdk.trace", "opentelemetry.exporter", "sentry_sdk") if name in sys.modules])
"""


def test_nothing_is_loaded_when_it_is_off():
    """Red when config.otel or config.sentry is imported whatever the settings say."""
    off = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318", "OTEL_SDK_DISABLED": "true"}
    environment = {"DJANGO_SETTINGS_MODULE": "config.settings", "LOG_LEVEL": "ERROR", **off}
    run = [sys.executable, "-c", LOADED]
    done = subprocess.run(run, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_span_costs_next_to_nothing_when_it_is_off():
    """Red when `span` makes an object of its own each time. The bound is twenty times what was measured."""
    assert tracing.span("one") is tracing.span("two", {"a": 1}, root=True) is tracing.OFF

    def one() -> None:
        with tracing.span("turn", root=True) as span:
            span.set(tracing.NONE)

    assert min(timeit.repeat(one, number=10_000, repeat=5)) / 10_000 < 20e-6
    assert tracing.carrier() == ""
