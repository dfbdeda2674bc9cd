"""The console's pages: what they are given, and that no text of a customer runs in them."""

import re

import pytest

from support import actions
from support.models import Conversation
from tests.support.console_cast import browser, conversation, staff, url

pytestmark = pytest.mark.django_db

HOSTILE = "</script><script>alert(1)</script><img src=//evil.example/x onerror=alert(1)>"


def test_the_queue_comes_with_those_who_wait_and_those_with_people():
    waiting, held, left_alone = conversation(name="Wanda"), conversation(name="Hilde"), conversation(name="Botho")
    actions.request_handoff(waiting.conversation, "customer_request")
    actions.claim(held.conversation, staff("alice"))
    page = browser("alice").get("/admin/support/conversation/")
    shown = {row["id"]: row for row in page.context["waiting"]["conversations"]}
    assert set(shown) == {str(waiting.conversation), str(held.conversation)}
    assert shown[str(waiting.conversation)]["inbox_name"] == "Acme"
    assert shown[str(held.conversation)]["assignee_id"] == staff("alice").pk
    assert str(left_alone.conversation) not in page.content.decode()


@pytest.mark.parametrize("page", ["queue", "list", "conversation", "home"])
def test_what_customers_write_and_call_themselves_is_never_markup(page):
    place = conversation(HOSTILE, name=HOSTILE)
    actions.request_handoff(place.conversation, "customer_request")
    addresses = {
        "queue": "/admin/support/conversation/",
        "list": "/admin/support/conversation/?all=1",
        "conversation": url(place),
        "home": "/admin/",
    }
    html = browser("rita").get(addresses[page]).content.decode()
    assert "<script>alert" not in html
    assert "<img src=//evil" not in html


@pytest.mark.parametrize("address", ["/admin/", "/admin/support/conversation/", "/admin/login/", "CONVERSATION"])
def test_pages_live_under_the_strict_policy(address):
    place = conversation()
    response = browser("alice").get(url(place) if address == "CONVERSATION" else address, follow=True)
    policy = response["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe-inline" not in policy
    html = response.content.decode()
    # An inline script that is not data, an inline style, a handler: the browser would refuse each.
    assert not re.search(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)", html)
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=", html)


def test_the_list_filters_and_finds():
    place, other = conversation(name="Wanda"), conversation(name="Hilde")
    Conversation.objects.filter(id=other.conversation).update(state="closed")
    alice = browser("alice")

    def found(**parameters):
        page = alice.get("/admin/support/conversation/", parameters)
        return {row.pk for row in page.context["cl"].result_list}

    assert found(all=1) == {place.conversation, other.conversation}
    assert found(all=1, state__exact="closed") == {other.conversation}
    assert found(q="wanda") == {place.conversation}
    assert found(q=str(other.conversation)[:8]) == {other.conversation}


def test_the_home_page_counts_who_waits_for_those_who_may_know():
    actions.request_handoff(conversation().conversation, "customer_request")
    assert 'data-testid="home-waiting">1<' in browser("alice").get("/admin/").content.decode()
    assert "home-waiting" not in browser("ed").get("/admin/").content.decode()


def test_the_conversation_says_what_its_reader_may_do():
    place = conversation()
    alice, rita = (browser(name).get(url(place)).content.decode() for name in ("alice", "rita"))
    assert "data-may-change" in alice
    assert "data-may-override" not in alice
    assert "data-may-override" in rita
