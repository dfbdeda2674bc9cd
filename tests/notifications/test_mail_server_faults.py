"""The mail server is away, slow or refuses; workers race and die. Told once, as far as SMTP lets anybody know."""

import os
import subprocess
import sys
import threading

import pytest
from django.db import connection

from config import metrics
from config.common import redis
from support import presence
from support.models import Notification, NotifiedWait
from support.notifications import claiming, letters, sending
from support.notifications.limits import MAX_ATTEMPTS, retry_after
from tests.engines import ROOT
from tests.fakes.mailserver import NO_SUCH_MAILBOX, MailServer
from tests.notifications.conftest import use

pytestmark = pytest.mark.django_db(transaction=True)


def only() -> Notification:
    return Notification.objects.get()


def test_two_workers_tell_once(mailserver, plan, waits):
    """Red when `take` does not lock the plan."""
    for _ in range(3):
        waits(4)
    start = threading.Barrier(8)
    failures: list[Exception] = []

    def worker():
        try:
            start.wait()
            sending.work(plan.pk)
        except Exception as error:  # noqa: BLE001 - told below, in the test's own thread
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=worker) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (failures, len(mailserver.received)) == ([], 1)
    assert (Notification.objects.count(), NotifiedWait.objects.count()) == (1, 3)


WORKER = """
import sys, uuid, django
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[2]
django.setup()
from support.notifications import sending
sending.work(uuid.UUID(sys.argv[1]))
"""


def test_a_worker_killed_while_it_sends_is_followed_by_another(mailserver, plan, waits, work):
    """Red when what was claimed has no lease and is told of never again."""
    waits(4)
    mailserver.holds = True
    environment = os.environ | {"EMAIL_URL": f"smtp://127.0.0.1:{mailserver.port}"}
    command = [sys.executable, "-c", WORKER, str(plan.pk), connection.settings_dict["NAME"]]
    worker = subprocess.Popen(command, cwd=ROOT, env=environment)
    try:
        assert mailserver.held.wait(60)
    finally:
        worker.kill()
        worker.wait()
    mailserver.holds = False
    work()
    assert mailserver.received == []  # its lease is not over: it might live
    assert (only().state, only().attempts) == ("pending", 1)
    work(again=True)
    assert len(mailserver.received) == 1
    assert (only().state, only().attempts) == ("sent", 2)
    work(again=True)
    assert len(mailserver.received) == 1


def test_a_server_that_is_away_and_comes_back(settings, plan, waits, work, unused_tcp_port):
    """Red when a failed attempt is the last one."""
    use(settings, unused_tcp_port)
    first = waits(4)
    work()
    assert (only().state, only().attempts) == ("pending", 1)
    assert "Connection refused" in only().error
    assert 25 < (only().next_at - only().created_at).total_seconds() < 40
    waits(3)
    with MailServer(unused_tcp_port) as server:
        work()
        assert server.received == []
        work(again=True)
        [mail] = server.received
    # Who came meanwhile is in it.
    assert mail.subject == "2 people wait in Acme, the longest 4 minutes"
    assert str(first.conversation) in mail.text()
    assert (only().state, only().attempts, only().error) == ("sent", 2, "")


def test_both_attempts_have_the_same_message_id(mailserver, plan, waits, work):
    """Red when the Message-ID is made anew: nobody could tell that it is the same."""
    waits(4)
    claim = claiming.take(plan.pk)
    assert claim
    list(sending.one_by_one(letters.waiting(claim), claim.addresses))  # and its worker dies before that is noted
    work(again=True)
    first, second = [mail.message["Message-ID"].strip() for mail in mailserver.received]
    assert first == second == f"<notification.{only().pk.hex}@support.example.com>"


@pytest.mark.parametrize(
    ("refusal", "state"),
    [("451 4.3.0 Later", "pending"), ("554 5.7.1 Not from you", "failed"), ("421 Busy", "pending")],
)
def test_a_refusal_is_final_or_not(mailserver, plan, waits, work, refusal, state):
    """Red when 4xx counts as permanent, or 5xx does not."""
    waits(4)
    mailserver.refusal = refusal
    work()
    assert only().state == state
    assert refusal[4:] in only().error


def test_no_address_is_taken(mailserver, plan, waits, work):
    mailserver.answers = {"team@example.com": NO_SUCH_MAILBOX}
    waits(4)
    work()
    assert (only().state, only().error) == ("failed", "The mail server answered 550: 5.1.1 No such mailbox")


def test_nobody_to_tell_is_said(mailserver, plan, waits, work):
    plan.addresses = []
    plan.save(update_fields=["addresses"])
    waits(4)
    work()
    assert (only().state, only().error) == ("pending", sending.NOBODY)


def test_it_is_given_up_after_so_many_attempts(mailserver, plan, waits, work):
    """Red when MAX_ATTEMPTS is not looked at."""
    waits(4)
    mailserver.refusal = "451 4.3.0 Later"
    work()
    Notification.objects.update(attempts=MAX_ATTEMPTS - 1)
    work(again=True)
    assert (only().state, only().attempts) == ("failed", MAX_ATTEMPTS)


def test_what_kills_its_worker_is_not_tried_for_ever(mailserver, plan, waits, work):
    """Red when attempts are counted after they were made."""
    waits(4)
    assert claiming.take(plan.pk)  # and its worker dies
    Notification.objects.update(attempts=MAX_ATTEMPTS)
    work(again=True)
    assert (only().state, only().error) == ("failed", "The worker died in every attempt.")
    assert mailserver.received == []


def test_the_pauses_between_attempts_grow():
    assert [retry_after(attempt).total_seconds() for attempt in (1, 2, 3, 4, 5, 6, MAX_ATTEMPTS)] == [
        *(30, 60, 120, 240, 480, 600, 600)
    ]


def test_what_cannot_be_sent_is_a_metric(mailserver, plan, waits, work):
    """Red when `late` takes what was sent, or what has not failed yet."""
    waits(4)
    assert claiming.take(plan.pk)  # being sent
    assert b"replywell_notifications_late 0.0" in metrics.exposition()
    mailserver.refusal = "451 4.3.0 Later"
    work(again=True)
    assert b"replywell_notifications_late 1.0" in metrics.exposition()
    mailserver.refusal = ""
    work(again=True)
    assert b"replywell_notifications_late 0.0" in metrics.exposition()


def test_without_redis_somebody_is_told(mailserver, plan, waits, work, settings, unused_tcp_port):
    """Red when a Redis that is away stops the telling."""
    presence.look("socket", [presence.QUEUE])
    waits(4)
    settings.REDIS_URL = f"redis://127.0.0.1:{unused_tcp_port}/0"
    redis.client.cache_clear()
    try:
        work()
    finally:
        redis.client.cache_clear()
    assert len(mailserver.received) == 1
