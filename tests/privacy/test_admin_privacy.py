"""The console: who may export and erase, what they are shown first, and the manifests."""

import json

import pytest
from asgiref.sync import async_to_sync
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission

from sessions_app.models import Customer
from support.models import Erasure
from support.privacy import erasing
from tests.support.console_cast import browser, staff

pytestmark = pytest.mark.django_db


def url(planted, name) -> str:
    return f"/admin/support/erasure/{name}/{planted.customer.id}/"


def page(planted) -> str:
    return f"/admin/sessions_app/customer/{planted.customer.id}/change/"


def test_who_may_not(planted):
    """Red when a view asks for no permission, or the page shows the buttons to everybody."""
    for name in ("alice", "ed"):
        assert browser(name).get(url(planted, "erase")).status_code == 403
        assert browser(name).post(url(planted, "erase"), {"word": "erase"}).status_code == 403
        assert browser(name).post(url(planted, "export")).status_code == 403
    shown = browser("alice").get(page(planted))
    assert shown.status_code == 200
    assert b"data-testid" not in shown.content
    assert Customer.objects.filter(id=planted.customer.id).exists()


@pytest.mark.parametrize("right", ["erase", "export"])
def test_each_right_is_one_of_its_own(planted, right):
    """Red when one of the two is enough for both."""
    staff("alice").user_permissions.add(Permission.objects.get(codename=f"{right}_customer"))
    alice = browser("alice")
    shown = alice.get(page(planted)).content.decode()
    assert (f'data-testid="{right}"' in shown, shown.count("data-testid")) == (True, 1)
    allowed = {"erase": alice.get(url(planted, "erase")), "export": alice.post(url(planted, "export"))}
    assert {name: answer.status_code for name, answer in allowed.items()} == {
        name: 200 if name == right else 403 for name in allowed
    }


def test_what_would_go_is_shown_first(planted):
    shown = browser("rita").get(url(planted, "erase"))
    assert dict(shown.context["counts"]) == {
        "conversations": 1,
        "messages": 2,
        "ratings": 1,
        "turns of the AI agent": 1,
        "tool calls": 1,
        "actions": 2,
        "escalations": 1,
        "memories": 1,
        "webhook deliveries": shown.context["counts"][8][1],
        "verified e-mail addresses": 2,
        "sessions": 2,
        "rows as an anonymous visitor": 1,
    }
    assert Customer.objects.count() == 2


@pytest.mark.parametrize("word", ["", "yes", "erase it"])
def test_without_the_word_nothing_goes(planted, word):
    """Red when the word is not compared."""
    answer = browser("rita").post(url(planted, "erase"), {"word": word})
    assert "Nothing was erased" in answer.content.decode()
    assert Customer.objects.filter(id=planted.customer.id).exists()


def test_erased_and_the_manifest_shown(planted):
    answer = browser("rita").post(url(planted, "erase"), {"word": "Erase"}, follow=True)
    row = Erasure.objects.get()
    assert answer.redirect_chain == [(f"/admin/support/erasure/{row.id}/change/", 302)]
    told = answer.content.decode()
    assert "As it was written" in told
    assert f"verify_erasure {row.id}" in told
    assert row.by == "rita"
    assert browser("rita").get(url(planted, "erase")).status_code == 404
    assert str(row) in browser("rita").get("/admin/support/erasure/").content.decode()


def test_who_may_not_see_manifests_is_led_elsewhere(planted):
    staff("alice").user_permissions.add(Permission.objects.get(codename="erase_customer"))
    answer = browser("alice").post(url(planted, "erase"), {"word": "erase"}, follow=True)
    assert answer.redirect_chain == [("/admin/sessions_app/customer/", 302)]
    assert browser("alice").get(f"/admin/support/erasure/{Erasure.objects.get().id}/change/").status_code == 403


def test_a_changed_manifest_shows(planted):
    row = erasing.erase(planted.customer.id, "rita")
    Erasure.objects.update(removed={})
    assert "Changed since it was written" in browser("rita").get(f"/admin/support/erasure/{row.id}/change/").text


def test_the_page_says_when_redis_is_away(planted, away_after):
    """And nothing goes. Red when the error passes, or `erase` ends sessions after the rows have gone."""
    rita = browser("rita")
    for ask in (rita.get, rita.post):
        with away_after():
            answer = ask(url(planted, "erase"), {"word": "erase"})
        assert (answer.status_code, answer.url) == (302, page(planted))
    assert "Redis is away" in rita.get(page(planted)).content.decode()
    assert Customer.objects.filter(id=planted.customer.id).exists()


async def whole(answer) -> bytes:
    """What was streamed."""
    return b"".join([piece async for piece in answer.streaming_content])


@pytest.mark.django_db(transaction=True)
def test_the_export_is_a_file(planted):
    """Red when it is answered to GET, which a link on another page could be; or is not logged."""
    rita = browser("rita")
    assert rita.get(url(planted, "export")).status_code == 405
    answer = rita.post(url(planted, "export"))
    assert answer["Content-Disposition"] == f'attachment; filename="customer-{planted.customer.id}.json"'
    assert "no-store" in answer["Cache-Control"]
    assert json.loads(async_to_sync(whole)(answer))["customer"]["id"] == str(planted.customer.id)
    assert LogEntry.objects.filter(object_id=str(planted.customer.id), change_message="Exported").exists()
