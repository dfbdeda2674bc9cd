"""Webhooks in the console: made, changed, tried out, and what they were sent."""

import re

import pytest

from sessions_app.models import Inbox
from support.models import Webhook, WebhookDelivery
from support.webhooks import retry
from support.webhooks.limits import MAX_WEBHOOKS
from tests.fakes.receiver import Answer
from tests.support.console_cast import browser
from tests.support.conversations import ask, new_place
from tests.webhooks.signatures import verified

pytestmark = pytest.mark.django_db

LIST, LOG = "/admin/support/webhook/", "/admin/support/webhookdelivery/"
FORM = {"url": "https://example.com/hook", "description": "CRM", "enabled": "on", "every_inbox": "on"}


@pytest.fixture
def rita():
    return browser("rita")


def secret_on(page):
    [secret] = re.findall(r'data-testid="webhook-secret">(whsec_[^<]+)<', page.content.decode())
    return secret


def test_the_empty_lists_say_so(rita):
    for path in (LIST, LOG):
        assert 'data-testid="empty-list"' in rita.get(path).content.decode()
    assert "Tell other programs what happens here" in rita.get("/admin/").content.decode()


def test_a_webhook_is_made_and_its_secret_shown_once(rita):
    page = rita.post(LIST + "add/", FORM | {"types": ["message.created", "run.completed"]})
    row = Webhook.objects.get()
    assert secret_on(page) == row.secret
    assert (row.url, row.types, row.every_inbox) == (FORM["url"], ["message.created", "run.completed"], True)
    for path in (LIST, f"{LIST}{row.pk}/change/", f"{LIST}{row.pk}/history/", LOG):
        assert row.secret not in rita.get(path).content.decode()


def test_a_webhook_of_some_inboxes(rita):
    """Red when the form leaves the inboxes to Django."""
    shop = Inbox.objects.create(name="Shop")
    fields = {name: value for name, value in FORM.items() if name != "every_inbox"}
    assert "Choose at least one inbox" in rita.post(LIST + "add/", fields).content.decode()
    rita.post(LIST + "add/", fields | {"inboxes": [str(shop.pk)]})
    row = Webhook.objects.get()
    assert (row.every_inbox, list(row.inboxes.all())) == (False, [shop])
    shown = rita.get(f"{LIST}{row.pk}/change/").content.decode()
    assert re.search(rf'value="{shop.pk}"[^>]* checked', shown)
    # One that has lost its inbox does not become one of every inbox by being saved.
    shop.delete()
    assert "none left" in rita.get(LIST).content.decode()
    assert "Choose at least one inbox" in rita.post(f"{LIST}{row.pk}/change/", fields).content.decode()


@pytest.mark.parametrize(
    ("url", "problem"), [("https://127.0.0.1/", "not a public address"), ("ftp://x.org", "only http")]
)
def test_an_address_that_cannot_be_used_is_refused(rita, url, problem):
    assert problem in rita.post(LIST + "add/", FORM | {"url": url}).content.decode()
    assert not Webhook.objects.exists()


def test_one_webhook_too_many_is_refused(rita, hook):
    for _ in range(MAX_WEBHOOKS):
        hook()
    assert "which is the limit" in rita.post(LIST + "add/", FORM).content.decode()


def test_a_webhook_is_changed_switched_off_and_deleted(rita, hook, receiver):
    row, secret = hook()
    ask(new_place())
    at = f"{LIST}{row.pk}/"
    rita.post(at + "change/", {name: value for name, value in FORM.items() if name != "enabled"})
    row.refresh_from_db()
    assert (row.description, row.enabled, row.disabled_reason, row.secret) == ("CRM", False, "by_hand", secret)
    assert "Switched off" in rita.get(LIST).content.decode()
    assert "2" in rita.get(at + "delete/").content.decode()
    rita.post(at + "delete/", {"post": "yes"})
    assert not Webhook.objects.exists()
    assert not WebhookDelivery.objects.exists()


def test_a_new_secret_is_shown_and_the_old_one_signs_too(rita, hook, receiver, work):
    row, old = hook(types=["message.created"])
    new = secret_on(rita.post(f"{LIST}{row.pk}/rotate/"))
    ask(new_place())
    work(row)
    assert verified(old, receiver.received[0])
    assert verified(new, receiver.received[0])
    assert "New secret" in rita.get(f"{LIST}{row.pk}/history/").content.decode()


def test_a_test_event_leads_to_its_delivery(rita, hook, receiver, work):
    row, _ = hook(types=["article.updated"])
    answer = rita.post(f"{LIST}{row.pk}/test/")
    delivery = WebhookDelivery.objects.get()
    assert answer["Location"] == f"{LOG}{delivery.pk}/change/"
    assert "about to be made" in rita.get(answer["Location"]).content.decode()
    work(row)
    assert receiver.types() == ["webhook.test"]
    assert "Delivered" in rita.get(answer["Location"]).content.decode()


def test_a_delivery_shows_request_response_and_attempts(rita, hook, receiver, work):
    """Red when what somebody else wrote is not escaped."""
    receiver.answer = Answer(500, b"<script>alert(1)</script>")
    row, _ = hook(types=["message.created"])
    ask(new_place(), "<script>alert(2)</script>")
    work(row)
    page = rita.get(f"{LOG}{WebhookDelivery.objects.get().pk}/change/").content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "&lt;script&gt;alert(2)" in page
    assert receiver.received[0].id in page
    assert "it answered 500" in page


def test_deliveries_are_filtered_and_found(rita, hook, receiver, work):
    receiver.script = [Answer(500)]
    one, _ = hook(types=["message.created"])
    two, _ = hook(types=["conversation.created"])
    place = new_place()
    ask(place)
    WebhookDelivery.objects.filter(webhook=one).update(attempts=retry.MAX_ATTEMPTS)
    work(one)
    work(two)
    dead = WebhookDelivery.objects.get(webhook=one)

    def shown(query):
        return rita.get(LOG + query).context["cl"].result_count

    assert shown("?state__exact=dead") == 1
    assert shown(f"?webhook__id__exact={two.pk}&state__exact=dead") == 0
    assert shown("?type=conversation.created") == 1
    assert shown(f"?q={dead.event.message_id}") == 1
    assert shown(f"?q={place.conversation}") == 2
    assert shown("?q=nothing") == 0
    assert "1 dead letter" in rita.get("/admin/").content.decode()
    assert "Dead letter" in rita.get(LOG).content.decode()


def test_dead_letters_are_sent_again_one_or_many(rita, hook, receiver, work):
    row, _ = hook(types=["message.created"])
    ask(new_place())
    ask(new_place())
    WebhookDelivery.objects.update(state="dead", attempts=retry.MAX_ATTEMPTS)
    keys = list(WebhookDelivery.objects.values_list("pk", flat=True))
    rita.post(f"{LOG}{keys[0]}/change/")
    work(row)
    assert len(receiver.received) == 1
    answer = rita.post(LOG, {"action": "replay", "_selected_action": keys}, follow=True)
    assert "2 to be sent again now" in answer.content.decode()
    work(row)
    assert len(receiver.received) == 3
    Webhook.objects.update(enabled=False)
    answer = rita.post(LOG, {"action": "replay", "_selected_action": keys}, follow=True)
    assert "2 not sent" in answer.content.decode()


def test_whoever_may_not_is_kept_out(hook):
    """Red when agents and editors are given the webhooks' permissions, or `_asked` looks for none."""
    row, _ = hook()
    ask(new_place())
    delivery = WebhookDelivery.objects.first().pk
    for name in ("alice", "ed"):
        client = browser(name)
        for path in (LIST, LOG, f"{LIST}{row.pk}/change/", f"{LOG}{delivery}/change/"):
            assert client.get(path).status_code == 403
        for path in (f"{LIST}{row.pk}/rotate/", f"{LIST}{row.pk}/test/", f"{LOG}{delivery}/change/"):
            assert client.post(path).status_code == 403
    rita = browser("rita")
    for name in ("rotate", "test"):
        assert rita.get(f"{LIST}{row.pk}/{name}/").status_code == 405
