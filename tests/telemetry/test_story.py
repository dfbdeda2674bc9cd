"""One conversation in an installation that tells all it can: what its logs, spans, metrics and reports say, and do not."""

import json
import re

import pytest

from config import queues
from config.common import metrics
from config.common.events import Event
from tests.engines import ROOT
from tests.telemetry.conftest import SECRETS, TRACE

pytestmark = pytest.mark.timeout(300)


def lines(story, **fields) -> list[dict]:
    """Log lines with these fields."""
    records = [json.loads(line) for line in story.logs().splitlines() if line.startswith("{")]
    return [record for record in records if fields.items() <= record.items()]


def names(story) -> set[str]:
    return set(re.findall(r"^# TYPE (\S+) ", story.metrics, re.MULTILINE))


# -- What must not be told ------------------------------------------------------------------------


def test_no_word_of_anybody_is_in_the_logs(story):
    """Red when exceptions are logged by format_exc_info, or celery.app.trace at ERROR, or anything with `text=`."""
    found = [secret for secret in story.secrets if secret in story.logs()]
    assert found == []
    assert lines(story, event="request.failed"), "something was logged"


def test_no_word_of_anybody_is_in_a_span(story):
    """Red when OtelSpan records exceptions with their messages, or `content` does not ask."""
    told = story.spans.everything()
    assert [secret for secret in story.secrets if secret.encode() in told] == []


def test_no_word_of_anybody_is_reported(story):
    """Red when `scrubbed` returns the event as it came."""
    told = story.sentry.everything()
    assert [secret for secret in story.secrets if secret.encode() in told] == []
    assert b'"vars"' not in told


def test_no_word_of_anybody_is_a_label(story):
    text = story.metrics
    assert [secret for secret in story.secrets if secret in text] == []


# -- Logs -----------------------------------------------------------------------------------------


def test_each_log_line_is_json_and_each_event_of_the_catalogue(story):
    """Red when the server's own loggers keep their handlers. (Celery greets in a form of its own.)"""
    records = [json.loads(line) for line in story.live.webs[0].log.read_text().splitlines()]
    records += lines(story)
    ours = {record["event"] for record in records if record.get("logger") == "replywell"}
    assert ours <= {str(event) for event in Event}


def test_a_run_is_named_with_its_conversation_and_session(story):
    """Red when the socket does not bind its session."""
    (line,) = lines(story, event="run.finished", run=story.run)
    assert (line["conversation"], line["session"]) == (story.conversation, story.session)
    assert (line["outcome"], line["engine"]) == ("answered", "llm")
    assert line["request_id"]


def test_the_id_of_a_failure_leads_to_its_line(story):
    """Red when `refuse` makes an id of its own."""
    (frame,) = [line for line in lines(story, request_id=story.failed_frame) if "exception" in line]
    assert (frame["event"], frame["session"]) == ("frame.failed", story.session)
    (request,) = lines(story, request_id=story.failed_request, event="request.failed")
    assert (request["session"], request["conversation"]) == (story.session, story.conversation)
    for line in (frame, request):
        assert "psycopg.errors.CheckViolation" in line["exception"]
        assert "support/rows.py" in line["exception"]


def test_a_failed_task_is_named(story):
    (line,) = lines(story, event="task.failed", task="support.tasks.run_turn")
    assert line["reason"] == "ValueError"
    assert line["exception"].endswith("builtins.ValueError")
    assert line["task_id"]


# -- Traces ---------------------------------------------------------------------------------------


@pytest.fixture
def trace(story):
    """The spans of the message's trace, by name."""
    spans = story.spans.until(lambda spans: len([one for one in spans if one.name == "send message.created"]) >= 2)
    (turn,) = [one for one in spans if one.attributes.get("replywell.run") == story.run]
    return {one.name: one for one in reversed(spans) if one.trace == turn.trace}


def test_one_trace_from_the_frame_to_the_sent_answer(trace):
    """Red when start_run takes no trace along, or announce does not keep it for the frames."""
    above = {one.id: one.name for one in trace.values()}
    assert {name: above.get(one.parent, "") for name, one in trace.items()} == {
        "frame message.send": "",
        "commit send": "frame message.send",
        "invoke_agent CustomerSupportAgent": "commit send",
        "retrieval knowledge": "invoke_agent CustomerSupportAgent",
        "chat gpt-4o-mini": "invoke_agent CustomerSupportAgent",
        "execute_tool order_state": "invoke_agent CustomerSupportAgent",
        "commit answer": "invoke_agent CustomerSupportAgent",
        "send message.created": "commit send",
    }


def test_spans_follow_the_conventions_for_generative_ai(trace, story):
    turn, chat = trace["invoke_agent CustomerSupportAgent"].attributes, trace["chat gpt-4o-mini"].attributes
    assert turn["gen_ai.conversation.id"] == story.conversation
    assert (turn["gen_ai.usage.input_tokens"], turn["gen_ai.usage.output_tokens"]) == (200, 40)
    assert (turn["replywell.outcome"], turn["replywell.engine"]) == ("answered", "llm")
    assert (chat["gen_ai.operation.name"], chat["gen_ai.provider.name"]) == ("chat", "openai")
    assert (chat["gen_ai.request.model"], chat["server.address"]) == ("gpt-4o-mini", "127.0.0.1")
    assert chat["gen_ai.response.finish_reasons"] == ["tool_calls"]
    assert chat["gen_ai.response.time_to_first_chunk"] > 0
    tool = trace["execute_tool order_state"].attributes
    assert (tool["gen_ai.tool.name"], tool["gen_ai.tool.call.id"]) == ("order_state", "call_1")
    assert trace["retrieval knowledge"].attributes["gen_ai.operation.name"] == "retrieval"


def test_a_callers_trace_goes_on_into_the_worker(story):
    """Red when tasks are published without a traceparent, or requests of our own network are not believed."""
    spans = {one.name: one for one in story.spans.spans() if one.trace == TRACE}
    request, task = spans["POST api/v1/knowledge/articles"], spans["process knowledge.tasks.embed_article"]
    assert request.parent == "00f067aa0ba902b7"
    assert task.parent == request.id
    assert task.process != request.process
    assert {request.service, task.service} == {"replywell"}


def test_what_failed_is_marked_and_named(story):
    failed = {one.name: one.attributes["error.type"] for one in story.spans.spans() if one.failed}
    assert failed["frame message.send"] == "internal"
    assert failed["commit send"] == "IntegrityError"
    assert failed["POST api/v1/conversations/<uuid:conversation_id>/messages"] in {"500", "IntegrityError"}


def test_looking_around_begins_no_trace(story):
    """Red when spans without a trace above them are begun all the same."""
    first = {one.name.split()[0] for one in story.spans.spans() if not one.parent}
    assert first <= {"frame", "GET", "POST", "PUT", "invoke_agent"}
    assert not [one for one in story.spans.spans() if "metrics" in one.name or "readyz" in one.name]


# -- Reports --------------------------------------------------------------------------------------


def test_a_report_has_place_class_and_ids(story):
    event = story.sentry.until(request_id=story.failed_frame, event="frame.failed")
    assert event["tags"]["session"] == story.session
    last = event["exception"]["values"][-1]
    assert last["type"] == "IntegrityError"
    assert "value" not in last
    assert any(frame["function"] == "insert_message" for frame in last["stacktrace"]["frames"])
    assert not {"request", "breadcrumbs", "extra", "user", "modules"} & event.keys()


def test_a_workers_failure_is_reported(story):
    event = story.sentry.until(task="support.tasks.run_turn")
    assert event["exception"]["values"][-1]["type"] == "ValueError"


# -- Metrics --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sample",
    [
        'replywell_frames_total{outcome="ok",socket="customer",type="message.send"} 1.0',
        'replywell_frames_total{outcome="internal",socket="customer",type="message.send"} 1.0',
        'replywell_frames_total{outcome="unknown_type",socket="customer",type="unknown"} 1.0',
        'replywell_turns_total{engine="llm",outcome="answered"} 1.0',
        'replywell_model_calls_total{model="gpt-4o-mini",outcome="ok"} 2.0',
        'replywell_model_tokens_total{direction="input",model="gpt-4o-mini"} 200.0',
        'replywell_tool_calls_total{outcome="done",tool="order_state"} 1.0',
        "replywell_first_token_seconds_count 1.0",
        'replywell_sockets_open{socket="customer"} 0.0',
        'replywell_sockets_closed_total{code="1000",socket="customer"} 1.0',
        'replywell_tasks_total{outcome="failed",task="support.tasks.run_turn"} 1.0',
        'replywell_events_total{event="run.finished",level="info"} 1.0',
        'replywell_lookup_failed{source="broker"} 0.0',
    ],
)
def test_what_happened_was_counted_in_web_and_worker(story, sample):
    """Red for the last ones when the worker's files are not read."""
    assert sample in story.metrics.splitlines()


def test_requests_are_counted_by_their_pattern(story):
    route = "api/v1/conversations/<uuid:conversation_id>/messages"
    assert f'replywell_http_requests_total{{method="POST",route="{route}",status="500"}} 1.0' in story.metrics
    assert story.conversation not in story.metrics


def test_the_worker_counts_into_the_same_numbers(story):
    assert re.search(r'replywell_tasks_total\{outcome="ok",task="knowledge.tasks.embed_article"\} [1-9]', story.metrics)


def test_alerts_and_dashboard_use_metrics_that_there_are(story):
    """Red when an expression names a metric that is not in /metrics."""
    there = names(story) | set(metrics.LOOKED_UP)
    for file in ("deploy/prometheus/alerts.yaml", "deploy/grafana/replywell.json"):
        used = set(re.findall(r"\breplywell_[a-z_]+", (ROOT / file).read_text()))
        used = {re.sub(r"_(total|bucket|count|sum)$", "", name) for name in used}
        there = {re.sub(r"_total$", "", name) for name in there}
        assert used - there == set()
        assert len(used) > 10


def test_every_source_is_looked_at(story):
    for source in queues.SOURCES:
        assert f'replywell_lookup_failed{{source="{source}"}} 0.0' in story.metrics


def test_the_words_were_really_there(story):
    """The other tests are worth something only if the words went through the product."""
    (row,) = story.live.rows(
        "SELECT text FROM support_message WHERE seq = 1 AND conversation_id = %s", story.conversation
    )
    assert SECRETS["question"] in row["text"]
