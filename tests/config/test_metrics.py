"""What a scrape gets: what waits, looked up in the database, Redis and the broker; and what all processes have counted."""

import asyncio
import os
import re
import subprocess
import sys
import urllib.request
from datetime import timedelta
from typing import Any

import pytest
from django.db.models.functions import Now

from agents import breaker
from agents.chunks import ModelError
from agents.providers import chain
from config import metrics
from config.celery import app
from knowledge import ingestion
from knowledge.ingestion import Draft
from support import actions
from support.models import Run
from tests.engines import ROOT
from tests.support.conversations import ask, conversation, new_place

pytestmark = pytest.mark.django_db


def value(sample: str) -> float:
    """What `/metrics` says of a sample."""
    found = re.search(rf"^{re.escape(sample)} (\S+)$", metrics.exposition().decode(), re.MULTILINE)
    assert found, sample
    return float(found.group(1))


def back(row, **minutes):
    """Let something have begun some minutes ago, by the database's clock."""
    ((field, ago),) = minutes.items()
    type(row).objects.filter(pk=row.pk).update(**{field: Now() - timedelta(minutes=ago)})


def test_the_queue_and_who_waits_longest():
    """Red when the newest one is taken, or closed conversations count."""
    assert (value("replywell_queue_waiting"), value("replywell_queue_oldest_seconds")) == (0, 0)
    for ago in (3, 7):
        place = new_place()
        ask(place)
        actions.request_handoff(place, "")
        back(conversation(place), queued_at=ago)
    assert value("replywell_queue_waiting") == 2
    assert 420 <= value("replywell_queue_oldest_seconds") < 480


def test_turns_under_way():
    before = value("replywell_runs_active")
    back(ask(new_place()).run, created_at=2)
    assert value("replywell_runs_active") == before + 1
    assert 120 <= value("replywell_runs_oldest_seconds") < 180
    Run.objects.update(state=Run.State.FINISHED)
    assert (value("replywell_runs_active"), value("replywell_runs_oldest_seconds")) == (0, 0)


def test_articles_that_cannot_be_found_yet():
    ingestion.save(Draft(title="A draft", body="Not published."))
    assert value("replywell_ingestion_pending") == 0
    article, _ = ingestion.save(Draft(title="Refunds", body="Within 14 days.", status="published"))
    back(article, updated_at=5)
    assert value("replywell_ingestion_pending") == 1
    assert 300 <= value("replywell_ingestion_oldest_seconds") < 360
    ingestion.embed(article.pk)
    assert value("replywell_ingestion_pending") == 0


def test_tasks_that_wait():
    """Red when the length of another queue is told."""
    before = value('replywell_celery_queue_length{queue="ai"}')
    app.send_task("support.tasks.run_turn", queue="ai")
    assert value('replywell_celery_queue_length{queue="ai"}') == before + 1
    with app.connection_for_write() as connection:
        connection.default_channel.client.rpop("ai")


def test_a_model_that_is_left_alone(settings):
    """Red when `is_open` looks at another key."""
    settings.OPENAI_MODEL, settings.MODEL_BREAKER_FAILURES = "broken-model", 1
    (provider,) = chain()
    name = 'replywell_breaker_open{model="broken-model"}'
    assert value(name) == 0
    asyncio.run(breaker.of(provider).failed(ModelError("down")))
    assert value(name) == 1
    asyncio.run(breaker.of(provider).succeeded())
    assert value(name) == 0


def test_without_redis_the_rest_is_told(redis_away):
    """Red when one source's error ends the scrape."""
    assert value('replywell_lookup_failed{source="redis"}') == 1
    assert value('replywell_lookup_failed{source="database"}') == 0
    assert value("replywell_queue_waiting") == 0


COUNT = """
import os, sys
from config.common import metrics
metrics.SOCKETS_OPEN.labels("customer").inc(3)
metrics.TURNS.labels("answered", "llm").inc(2)
print("counted", flush=True)
sys.stdin.read()
"""
READ = """
import django; django.setup()
from config import metrics
print(metrics.exposition().decode())
"""


def test_a_killed_process_holds_nothing_open_and_what_it_did_stays(tmp_path):
    """Red without mark_process_dead."""
    environment = os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "env": environment, "cwd": ROOT}
    processes = [subprocess.Popen([sys.executable, "-c", COUNT], **pipes) for _ in range(2)]
    try:
        for process in processes:
            assert process.stdout.readline() == b"counted\n"
        processes[0].kill()
        processes[0].wait()
        read = subprocess.run([sys.executable, "-c", READ], env=environment, cwd=ROOT, capture_output=True, text=True)
    finally:
        for process in processes:
            process.kill()
            process.communicate()
    assert 'replywell_sockets_open{socket="customer"} 3.0' in read.stdout, read.stderr
    assert 'replywell_turns_total{engine="llm",outcome="answered"} 4.0' in read.stdout


def test_a_worker_of_its_own_serves_its_numbers(settings, unused_tcp_port):
    settings.METRICS_PORT = unused_tcp_port
    served = metrics.serve_worker()
    assert served is not None
    server, thread = served
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{unused_tcp_port}/metrics") as answer:
            assert b"# TYPE replywell_tasks_total counter" in answer.read()
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_a_worker_beside_a_web_process_serves_nothing(settings):
    settings.METRICS_PORT = 0
    assert metrics.serve_worker() is None
