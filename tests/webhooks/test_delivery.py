"""Delivering: signed, any 2xx is success, tried again with growing pauses, given up after a day."""

import threading
import time
from datetime import timedelta

import pytest
from django.db.models import F
from django.db.models.functions import Now

from config.common import events
from support import actions
from support.models import Webhook, WebhookDelivery
from support.webhooks import delivery as delivering
from support.webhooks import lanes, retry, subscriptions
from support.webhooks.limits import MAX_RESPONSE
from support.webhooks.subscriptions import Wish
from tests.fakes.receiver import Answer
from tests.support.conversations import ask, new_place
from tests.webhooks.signatures import verified

pytestmark = pytest.mark.django_db


def only() -> WebhookDelivery:
    return WebhookDelivery.objects.get()


def test_what_is_sent_is_signed_json(hook, receiver, work):
    webhook, secret = hook(types=["message.created"])
    change = ask(new_place())
    work(webhook)
    [request] = receiver.received
    assert verified(secret, request)
    assert request.id == only().event.message_id
    assert request.headers["content-type"] == "application/json"
    assert abs(int(request.headers["webhook-timestamp"]) - time.time()) < 60
    assert set(request.json) == {"type", "timestamp", "data", "conversation_id"}
    assert request.json["data"]["id"] == str(change.message.id)
    row = only()
    assert (row.state, row.status, row.error, row.attempts, row.response) == ("delivered", 200, "", 1, "ok")


def test_events_arrive_in_order_and_once(hook, receiver, work):
    """Red when `next_delivery` does not order by id."""
    webhook, _ = hook(types=["message.created"])
    place = new_place()
    for number in range(12):
        ask(place, f"Question {number}")
    work(webhook)
    work(webhook, again=True)
    assert [request.json["data"]["seq"] for request in receiver.received] == list(range(1, 13))


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_any_2xx_is_success(hook, receiver, work, status):
    """Red when only 200 is."""
    receiver.answer = Answer(status, b"")
    webhook, _ = hook(types=["message.created"])
    ask(new_place())
    work(webhook)
    assert (only().state, only().status) == ("delivered", status)


@pytest.mark.parametrize("status", [301, 307, 308, 400, 401, 404, 429, 500, 503])
def test_anything_else_is_tried_again(hook, receiver, work, status):
    """Red when a redirect, or an error of the client's, counts as an answer."""
    receiver.script = [Answer(status, b"no", {"Location": receiver.url})]
    webhook, secret = hook(types=["message.created"])
    ask(new_place())
    work(webhook)
    row = only()
    assert (row.state, row.attempts, row.status, row.error) == ("pending", 1, status, f"it answered {status}")
    assert len(receiver.received) == 1  # not yet, and nobody was followed
    work(webhook)
    assert len(receiver.received) == 1
    work(webhook, again=True)
    first, second = receiver.received
    assert (first.id, first.body) == (second.id, second.body)
    assert verified(secret, second)
    assert (only().state, only().attempts) == ("delivered", 2)
    assert [(line["status"], line["error"]) for line in only().log] == [(status, f"it answered {status}"), (200, "")]


def test_nobody_there_is_tried_again(hook, receiver, work):
    webhook, _ = hook(types=["message.created"], url="http://127.0.0.2:9/")
    ask(new_place())
    work(webhook)
    assert (only().state, only().status) == ("pending", None)
    assert "cannot be reached" in only().error


def test_a_receiver_that_does_not_answer_is_left_in_time(hook, receiver, work, settings):
    """Red when WEBHOOK_TIMEOUT_SECONDS is not the limit."""
    settings.WEBHOOK_TIMEOUT_SECONDS = 1
    never = threading.Event()
    receiver.script = [Answer(wait=never)]
    webhook, _ = hook(types=["message.created"])
    ask(new_place())
    try:
        work(webhook)
        assert (only().state, only().error) == ("pending", "it took too long")
        assert 900 <= only().log[0]["took_ms"] < 5_000
    finally:
        never.set()


def test_a_connection_that_is_cut_is_tried_again(hook, receiver, work):
    receiver.script = [Answer(send=lambda handler: handler.connection.close())]
    webhook, _ = hook(types=["message.created"])
    ask(new_place())
    work(webhook)
    assert only().state == "pending"


def test_an_answer_whose_body_breaks_off_has_been_given(hook, receiver, work):
    """Red when `Limits.cut` is not set: the status says all there is to know."""
    receiver.script = [Answer(body=b"some", headers={"Content-Length": "400"})]
    webhook, _ = hook(types=["message.created"])
    ask(new_place())
    work(webhook)
    assert (only().state, only().response) == ("delivered", "some")


def test_a_long_response_is_cut_and_kept_as_text(hook, receiver, work):
    """Red when a NUL reaches PostgreSQL."""
    receiver.answer = Answer(body=b"\x00\xff" + b"x" * 10_000_000)
    webhook, _ = hook(types=["message.created"])
    ask(new_place())
    work(webhook)
    assert only().state == "delivered"
    assert only().response == "\ufffd\ufffd" + "x" * (MAX_RESPONSE - 2)


def test_the_pauses_grow_and_make_a_day():
    """Red when FACTOR is 2, and when MAX_ATTEMPTS is 12."""
    shortest, longest = timedelta(0), timedelta(0)
    for attempt in range(1, retry.MAX_ATTEMPTS):
        waits = [retry.wait(attempt) for _ in range(200)]
        plain = timedelta(seconds=min(15 * 3 ** (attempt - 1), 4 * 3600))
        assert plain * 0.8 <= min(waits) < plain < max(waits) <= plain * 1.2
        shortest, longest = shortest + plain * 0.8, longest + plain * 1.2
    assert timedelta(hours=19) < shortest < timedelta(hours=24) < longest < timedelta(hours=30)


def test_the_next_attempt_waits_as_long_as_it_should(hook, receiver, work):
    """Red when the pause is not counted from the attempt."""
    receiver.answer = Answer(500)
    webhook, _ = hook(types=["message.created"])
    ask(new_place())
    for attempt in (1, 2, 3):
        work(webhook, again=True)
        left = only().next_at - actions.db_now()
        plain = timedelta(seconds=15 * 3 ** (attempt - 1))
        assert plain * 0.5 < left <= plain * 1.2


def test_after_a_day_it_is_a_dead_letter(hook, receiver, work):
    """Red when MAX_ATTEMPTS is not looked at."""
    receiver.answer = Answer(500, b"broken")
    webhook, _ = hook(types=["message.created"])
    ask(new_place())
    for _ in range(retry.MAX_ATTEMPTS - 1):
        work(webhook, again=True)
    assert only().state == "pending"
    work(webhook, again=True)
    assert (only().state, only().attempts, only().response) == ("dead", retry.MAX_ATTEMPTS, "broken")
    work(webhook, again=True)
    assert len(receiver.received) == retry.MAX_ATTEMPTS
    webhook.refresh_from_db()
    assert webhook.enabled


def test_a_dead_letter_is_replayed_with_the_same_id(hook, receiver, work):
    """Red when a replay does not begin to count anew."""
    receiver.answer = Answer(500)
    webhook, secret = hook(types=["message.created"])
    ask(new_place())
    WebhookDelivery.objects.update(attempts=retry.MAX_ATTEMPTS - 1)
    work(webhook)
    assert only().state == "dead"
    subscriptions.replay(only().pk)
    work(webhook)
    assert (only().state, only().attempts) == ("pending", 1)
    receiver.answer = Answer()
    subscriptions.replay(only().pk)
    work(webhook)
    assert only().state == "delivered"
    assert len({request.id for request in receiver.received}) == 1
    assert all(verified(secret, request) for request in receiver.received)
    assert len(only().log) == 3


def test_410_switches_the_webhook_off(hook, receiver, work):
    """Red when `_GONE` is 404."""
    receiver.script = [Answer(410)]
    webhook, _ = hook(types=["message.created"])
    ask(new_place())
    ask(new_place())
    work(webhook)
    webhook.refresh_from_db()
    assert (webhook.enabled, webhook.disabled_reason) == (False, "gone")
    assert len(receiver.received) == 1
    assert sorted(WebhookDelivery.objects.values_list("state", flat=True)) == ["dead", "pending"]
    ask(new_place())
    assert WebhookDelivery.objects.count() == 2
    # Switched on again, it is sent what waited.
    subscriptions.change(webhook.pk, Wish(enabled=True))
    work(webhook)
    assert len(receiver.received) == 2
    webhook.refresh_from_db()
    assert (webhook.disabled_reason, webhook.failing_since) == ("", None)


@pytest.mark.parametrize(("days", "enabled"), [(2.9, True), (3.1, False)])
def test_a_webhook_that_has_failed_for_days_is_switched_off(hook, receiver, work, days, enabled):
    """Red when DISABLE_AFTER is not looked at, or switches off at once."""
    receiver.answer = Answer(500)
    webhook, _ = hook(types=["message.created"])
    ask(new_place())
    WebhookDelivery.objects.update(attempts=retry.MAX_ATTEMPTS - 1)
    Webhook.objects.update(failing_since=Now() - timedelta(days=days))
    work(webhook)
    webhook.refresh_from_db()
    assert webhook.enabled is enabled
    assert webhook.disabled_reason == ("" if enabled else "failing")


def test_one_failure_after_quiet_days_does_not_switch_it_off(hook, receiver, work):
    """Red when every failure switches off, not only one that is final."""
    receiver.script = [Answer(500)]
    webhook, _ = hook(types=["message.created"])
    Webhook.objects.update(failing_since=Now() - timedelta(days=9))
    ask(new_place())
    work(webhook)
    work(webhook, again=True)
    webhook.refresh_from_db()
    assert (webhook.enabled, webhook.failing_since) == (True, None)


def test_a_delivery_that_kills_its_worker_is_not_tried_for_ever(hook, receiver, work):
    """Red when attempts are counted after they were made."""
    webhook, _ = hook(types=["message.created"])
    ask(new_place())
    for _ in range(retry.MAX_ATTEMPTS):
        WebhookDelivery.objects.update(next_at=Now())
        assert lanes.next_delivery(webhook)  # and its worker dies
    work(webhook, again=True)
    assert (only().state, only().error) == ("dead", "The worker died in every attempt.")
    assert receiver.received == []


def test_one_worker_at_a_time_delivers_to_a_webhook(hook, receiver, work):
    """Red when `take` does not look at the lease."""
    webhook, _ = hook(types=["message.created"])
    ask(new_place())
    assert lanes.take(webhook.pk, "other")
    work(webhook)
    assert receiver.received == []
    assert lanes.waiting() == []
    Webhook.objects.update(lane_until=Now() - timedelta(seconds=1))
    assert lanes.waiting() == [webhook.pk]
    work(webhook)
    assert len(receiver.received) == 1


def test_a_worker_that_was_overtaken_stops(hook, receiver):
    webhook, _ = hook()
    ask(new_place())
    assert lanes.take(webhook.pk, "first")
    Webhook.objects.update(lane_holder="second")
    assert lanes.keep(webhook.pk, "first") is None
    lanes.leave(webhook.pk, "first")
    assert Webhook.objects.get().lane_holder == "second"


def test_a_lane_goes_on_in_a_task_of_its_own(hook, receiver):
    webhook, _ = hook(types=["message.created"])
    place = new_place()
    ask(place)
    ask(place)
    assert delivering.work(webhook.pk, seconds=0)
    assert len(receiver.received) == 1
    assert lanes.waiting() == [webhook.pk]


def test_a_replay_during_an_attempt_is_not_lost(hook, receiver, work):
    """Red when `_note` does not compare the attempts."""
    webhook, _ = hook(types=["message.created"])
    ask(new_place())
    delivery = lanes.next_delivery(webhook)
    assert delivery
    subscriptions.replay(delivery.pk)
    delivering.deliver(webhook, delivery)
    assert only().state == "pending"
    work(webhook)
    assert (only().state, len(receiver.received)) == ("delivered", 2)


def test_logs_name_no_secret_no_text_and_no_address(hook, receiver, work, monkeypatch):
    logged: list[tuple] = []
    monkeypatch.setattr(events, "emit", lambda event, level="info", **fields: logged.append((event, level, fields)))
    receiver.script = [Answer(500), Answer(410)]
    webhook, secret = hook(url=receiver.url + "?key=hidden", types=["message.created"])
    ask(new_place(), "My PIN is 1234")
    work(webhook)
    work(webhook, again=True)
    assert [str(event) for event, _, _ in logged] == ["webhook.failed", "webhook.given_up", "webhook.disabled"]
    assert not any(word in str(logged) for word in ("hidden", secret, "1234", "127.0.0.2"))


def test_old_events_are_deleted_and_young_ones_stay(hook, settings):
    """Red when `clean_up` compares the wrong way, or leaves those out that wait."""
    from support.models import WebhookEvent
    from support.webhooks import tasks

    hook(types=["message.created"])
    ask(new_place())
    ask(new_place())
    old = WebhookEvent.objects.first()
    days = settings.WEBHOOK_RETENTION_DAYS
    WebhookEvent.objects.update(created_at=Now() - timedelta(days=days - 0.1))
    tasks.clean_up()
    assert WebhookDelivery.objects.count() == 2
    WebhookEvent.objects.filter(pk=old.pk).update(created_at=F("created_at") - timedelta(days=0.2))
    tasks.clean_up()
    assert [row.event_id for row in WebhookDelivery.objects.all()] == [
        row.pk for row in WebhookEvent.objects.exclude(pk=old.pk)
    ]
