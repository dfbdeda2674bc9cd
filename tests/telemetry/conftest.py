"""An installation that tells all it can, to receivers on real sockets; and a story in it, with words that must not leak."""

import asyncio
import random
import time
import uuid
from dataclasses import dataclass, field
from functools import cached_property
from string import ascii_lowercase

import jwt
import pytest
from celery import Celery

from config.common import tracing
from config.common.redis_url import RedisUrl
from config.otel import OtelTracer
from tests.breakable import breakable
from tests.fakes.model import Say
from tests.fakes.sentry import SentryServer
from tests.fakes.spans import Span, SpanReceiver
from tests.live import Live

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
# Written by whoever is named, and never to be seen in a log line, a span or a report.
SECRETS = {
    who: f"canary{who}" + "".join(random.choices(ascii_lowercase, k=12))  # a number would be checked for its source
    for who in (
        *("question", "answer", "refused", "email", "name", "subject", "reason", "comment", "article", "search"),
        *("task", "key", "session", "tool"),
    )
}


@dataclass
class Story:
    """What happened: the installation, its receivers, and what must not be found in what they got."""

    live: Live
    spans: SpanReceiver
    sentry: SentryServer
    conversation: str = ""
    session: str = ""
    run: str = ""
    failed_request: str = ""
    failed_frame: str = ""
    secrets: list[str] = field(default_factory=lambda: list(SECRETS.values()))

    def logs(self) -> str:
        """All that the processes wrote."""
        return "".join(process.log.read_text() for process in (*self.live.webs, self.live.worker))

    @cached_property
    def metrics(self) -> str:
        """One scrape, when all has happened."""
        return self.live.http().get("/metrics").text


@pytest.fixture(scope="module")
def story(tmp_path_factory, model, shop):
    """Everything is told once; the tests look at what came of it."""
    folder = tmp_path_factory.mktemp("telling")
    (folder / "metrics").mkdir()
    with SpanReceiver() as spans, SentryServer() as sentry, breakable() as engines:
        environment = {
            "OPENAI_BASE_URL": model.base_url,
            "OPENAI_API_KEY": SECRETS["key"],
            "LOG_FORMAT": "json",
            "LOG_LEVEL": "DEBUG",
            "OTEL_EXPORTER_OTLP_ENDPOINT": spans.endpoint,
            "OTEL_BSP_SCHEDULE_DELAY": "100",
            "SENTRY_DSN": sentry.dsn,
            "PROMETHEUS_MULTIPROC_DIR": str(folder / "metrics"),
        }
        with Live(folder, engines, environment, model, fresh=True) as live:
            live.redis().delete("ingest")  # nobody here asks the help centre: its articles need not be embedded
            told = Story(live, spans, sentry)
            asyncio.run(_tell(told))
            yield told


async def _tell(story: Story) -> None:
    live = story.live
    live.model.script(
        SECRETS["question"],
        Say(tool=("order_state", '{{"number": 7, "note": "{}"}}'.format(SECRETS["tool"]))),
        Say(pieces=("It is on its way, ", SECRETS["answer"], ".")),
    )
    identity = {"sub": SECRETS["subject"], "email": f"{SECRETS['email']}@example.com", "name": SECRETS["name"]}
    signed = jwt.encode(identity | {"exp": time.time() + 600}, live.demo["identity_secret"], "HS256")
    customer = live.customer(identity=signed)
    story.conversation, story.session = customer.conversation, customer.session["id"]
    story.secrets += [signed, customer.session["token"], live.demo["api_key"], live.demo["identity_secret"]]
    async with customer.socket() as line:
        await line.ask(f"Where is my order? {SECRETS['question']}")
        reply = await line.message(role="assistant")
        story.run = reply["run"]
        assert SECRETS["answer"] in reply["text"], "the words must really be in the product"
        await line.send(
            {"type": "message.rate", "message_id": reply["id"], "rating": "down", "comment": SECRETS["comment"]}
        )
        await line.until("message.updated")
        await line.raw.send('{"type": "nonsense"}')
        await line.until("error", code="unknown_type")
        await _break(story, customer, line)
        await line.send({"type": "handoff.request", "reason": SECRETS["reason"]})
        await line.message(role="system")
    _elsewhere(story)


async def _break(story: Story, customer, line) -> None:
    """What PostgreSQL refuses, its error quotes."""
    refusal = f"ALTER TABLE support_message ADD CONSTRAINT no CHECK (text NOT LIKE '%%{SECRETS['refused']}%%')"
    story.live.rows(refusal)
    await line.ask(f"This cannot be kept. {SECRETS['refused']}")
    story.failed_frame = (await line.until("error", code="internal"))["request_id"]
    response = await asyncio.to_thread(
        customer.http.post,
        f"/api/v1/conversations/{customer.conversation}/messages",
        json={"client_id": str(uuid.uuid4()), "text": SECRETS["refused"]},
    )
    assert response.status_code == 500
    story.failed_request = response.headers["X-Request-ID"]
    story.live.rows("ALTER TABLE support_message DROP CONSTRAINT no")


def _elsewhere(story: Story) -> None:
    """An article and its embedding in the worker, a search, a foreign token, and a task that fails."""
    with story.live.integration() as http:
        article = {"title": "A page", "body": f"It says {SECRETS['article']}.", "status": "published"}
        parent = {"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"}
        assert http.post("/api/v1/knowledge/articles", json=article, headers=parent).status_code == 201
        assert http.get("/api/v1/knowledge/search", params={"q": SECRETS["search"]}).status_code == 200
        assert http.get("/api/v1/conversations/x", headers={"Authorization": f"Bearer {SECRETS['session']}"}).is_error
    with Celery(broker=RedisUrl.parse(story.live.environment["REDIS_URL"]).broker()[0]) as app:
        app.send_task("support.tasks.run_turn", [SECRETS["task"]], queue="ai")
    story.spans.until(lambda spans: any(one.name == "process knowledge.tasks.embed_article" for one in spans))
    story.sentry.until(task="support.tasks.run_turn")


class Tracing:
    """Tracing in this process, to a receiver."""

    def __init__(self, spans: SpanReceiver) -> None:
        self._spans = spans
        self._tracer: OtelTracer | None = None

    def start(self, *, captures: bool = False) -> None:
        """Trace from now on; `captures`: also what was written."""
        self._tracer = OtelTracer("here", captures=captures)
        tracing.use(self._tracer)

    def told(self) -> list[Span]:
        """All spans, those that ended first in front."""
        self._tracer.close()
        return self._spans.spans()


@pytest.fixture
def tracer(monkeypatch):
    """Nothing is traced before it is started, nor after the test."""
    with SpanReceiver() as spans:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", spans.endpoint)
        yield Tracing(spans)
        tracing.use(None)
