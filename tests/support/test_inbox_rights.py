"""Every page of the admin, as the URL resolver knows them, for somebody who is limited to another inbox.

A page that is new has to be put into one of the tables below: somebody has to say what it shows to whom.
"""

import json
import uuid

import pytest
from asgiref.sync import async_to_sync
from django.contrib import admin
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.urls import URLPattern

from config.common.audit.models import Entry
from knowledge.models import Article
from support.models import Conversation, Message
from support.workplaces import choosing
from tests.support.console_cast import post, staff, url
from tests.support.two_inboxes import MARKS, browser, settings_of_all, world

pytestmark = pytest.mark.django_db

# What belongs to an inbox, and the id that Beta's row has for it.
BY_INBOX = {
    "support/conversation": lambda w: w.there.conversation,
    "support/action": lambda w: w.action.pk,
    "support/webhookdelivery": lambda w: w.delivery.pk,
    "support/escalationpolicy": lambda w: w.beta.pk,
    "support/notificationplan": lambda w: w.beta.pk,
    "sessions_app/customer": lambda w: w.there.customer,
    "sessions_app/inbox": lambda w: w.beta.pk,
    "agents/toolcall": lambda w: w.call.pk,
    "support/erasure/erase": lambda w: w.there.customer,
    "support/erasure/export": lambda w: w.there.customer,
}
# What concerns every inbox: closed to whoever is limited, whatever permissions they have.
CLOSED = {
    "auth/user": lambda w, s: w.omar.pk,
    "auth/group": lambda w, s: Group.objects.first().pk,
    "sessions_app/apikey": lambda w, s: s.key.pk,
    "support/webhook": lambda w, s: w.webhook.pk,
    "support/erasure": lambda w, s: s.erasure.pk,
    "audit/entry": lambda w, s: Entry.objects.first().pk,
    "agents/httptool": lambda w, s: s.tool.pk,
    "agents/mcpserver": lambda w, s: s.server.pk,
    "agents/mcptool": lambda w, s: s.mcp_tool.pk,
}
# Articles and answers to golden questions: nobody's conversation.
ELSEWHERE = {"agents/answerevaluation", "support/conversation/ask"} | {
    f"knowledge/{name}" for name in ("article", "curatedanswer", "importjob", "reindex", "source", "sourceitem")
}
# One's own, or nothing at all.
NOBODYS = {"", "login", "logout", "password_change", "jsi18n", "autocomplete", "r", "auth/user/sessions"}
NOBODYS |= {"^(?P<app_label>agents|sessions_app|support|knowledge|auth|audit)", "(?P<url>.*)$"}


def _routes(patterns, prefix=""):
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield route, pattern
        else:
            yield from _routes(pattern.url_patterns, route)


def _kind(route):
    """The longest entry of the tables that the route lies below; None: nobody has decided."""
    known = [*BY_INBOX, *CLOSED, *ELSEWHERE, *NOBODYS]
    below = [kind for kind in known if f"{route}/".startswith(f"{kind}/") or route == kind]
    return max(below, key=len, default=None)


ROUTES = list(_routes(admin.site.urls[0]))


def _addresses(kind, key):
    """The kind's routes, with this id wherever one belongs."""
    for route, pattern in ROUTES:
        if _kind(route) == kind:
            parts = {"<id>": str(key), "<str:form>": "csv", "<uuid:article_id>": str(uuid.uuid4())}
            address = str(route)
            for name in pattern.pattern.converters:
                address = _filled(address, name, parts, key)
            yield f"/admin/{address.replace('<id>', str(key))}"


def _filled(address, name, parts, key):
    begin = address.index("<")
    end = address.index(">", begin) + 1
    assert address[begin:end].rstrip(">").endswith(name)
    return address[:begin] + parts.get(address[begin:end], str(key)) + address[end:]


def test_for_every_page_somebody_has_decided():
    """Red when a table above lacks a line, as it does when a model admin or a route is added."""
    assert {route for route, _ in ROUTES if _kind(route) is None} == set()
    assert {_kind(route) for route, _ in ROUTES} == {*BY_INBOX, *CLOSED, *ELSEWHERE, *NOBODYS}


@pytest.mark.parametrize("kind", sorted(BY_INBOX))
def test_what_belongs_to_another_inbox_is_not_there(kind):
    """Whatever permissions they have. Red, for its kind, when `ByInbox.get_queryset` does not ask `reach.within`, or when
    `of_staff`, `inbox_of`, `_inboxes`, `answers` or `_person` do not."""
    w = world()
    lisa, omar = browser(w.lisa), browser(w.omar)
    shown = 0
    for address in _addresses(kind, BY_INBOX[kind](w)):
        answers = [lisa.get(address), lisa.post(address, {}, content_type="application/json")]
        for answer in answers:
            _says_nothing(answer, address)
        allowed = omar.get(address)
        if allowed.status_code == 200 and str(BY_INBOX[kind](w)) in address:
            shown += 1
            assert {answer.status_code for answer in answers} <= {302, 403, 404, 405}, address
    assert shown or kind == "support/erasure/export", "nothing that somebody else may see"
    row = Conversation.objects.get(pk=w.there.conversation)
    assert (row.state, row.assignee, Message.objects.filter(conversation=row).count()) == ("bot", None, 1)


def _text(answer):
    if not answer.streaming:
        return answer.content.decode()

    async def whole():
        return b"".join([piece async for piece in answer.streaming_content])

    return async_to_sync(whole)().decode()


def _says_nothing(answer, address):
    text = _text(answer)
    for mark in MARKS:
        assert mark not in text, f"{address} tells of {mark}"
    if answer.status_code == 302:
        assert answer["Location"].startswith(("/admin/", "..", "/admin/login")), address


@pytest.mark.parametrize("kind", sorted(CLOSED))
def test_what_concerns_every_inbox_is_closed(kind):
    """Red when `Limits` is not among the backends, or its list has more in it."""
    w, s = world(), settings_of_all()
    lisa, omar = browser(w.lisa), browser(w.omar)
    for address in _addresses(kind, CLOSED[kind](w, s)):
        for answer in (lisa.get(address), lisa.post(address)):
            leads_on = answer.status_code == 302 and answer["Location"].endswith("/change/")
            assert answer.status_code in (403, 405) or leads_on, f"{address}: {answer.status_code}"
    assert omar.get(f"/admin/{kind}/").status_code == 200


def test_pages_of_articles_have_no_conversation_in_them():
    w = world()
    lisa = browser(w.lisa)
    for route, pattern in ROUTES:
        if _kind(route) in ELSEWHERE and not pattern.pattern.converters:
            text = lisa.get(f"/admin/{route}").content.decode()
            # The names of inboxes may be there: an editor asks as a visitor of one.
            assert not [mark for mark in MARKS[1:] if mark in text], route


def test_the_home_page_and_lists_tell_of_their_own_inboxes():
    """Red when `queue_counts` counts every conversation, or a list is not limited."""
    w = world()
    lisa, omar = browser(w.lisa), browser(w.omar)
    for place in (w.here, w.there):
        Conversation.objects.filter(pk=place.conversation).update(state="queued", queued_at="2026-01-01T00:00Z")
    for client, waiting, approvals in ((lisa, 1, 0), (omar, 2, 1)):
        counts = client.get("/admin/").context["queue"]
        assert (counts["waiting"], counts["approvals"]) == (waiting, approvals)
        queue = client.get("/admin/support/conversation/").context["waiting"]["conversations"]
        assert len(queue) == waiting
        page = client.get("/admin/support/conversation/?all=1")
        assert page.context["cl"].result_count == waiting
        assert ("Betamax" in page.content.decode()) == (client is omar)
    for client, found in ((lisa, 0), (omar, 1)):
        assert client.get("/admin/support/conversation/?q=Zebedee").context["cl"].result_count == found
        assert client.get("/admin/sessions_app/customer/?q=Zebedee").context["cl"].result_count == found
        filtered = client.get(f"/admin/support/conversation/?inbox__id__exact={w.beta.pk}").content.decode()
        assert ("Zebedee" in filtered) == (client is omar)


def test_answers_from_an_article_are_those_of_their_inboxes():
    """Red when `answers` is not limited."""
    w = world()
    article = Article.objects.create(title="Parcels", version=1)
    cited = [{"article_id": str(article.pk), "version": 1, "title": "Parcels"}]
    Message.objects.filter(pk=w.message.pk).update(citations=cited)
    address = f"/admin/support/conversation/citing/{article.pk}/?all=1"
    assert "Zebedee" in browser(w.omar).get(address).content.decode()
    assert "Zebedee" not in browser(w.lisa).get(address).content.decode()


def test_there_is_no_way_round():
    """Completing a name, the link that leads to an object's page wherever that is, and a customer's earlier conversations.
    Red when `_customer` lists what is not theirs."""
    w = world()
    lisa, omar = browser(w.lisa), browser(w.omar)
    ask = {"app_label": "support", "model_name": "conversation", "field_name": "inbox", "term": "Betamax"}
    for client, found in ((lisa, 0), (omar, 1)):
        assert len(client.get("/admin/autocomplete/", ask).json()["results"]) == found
    kind = ContentType.objects.get_for_model(Conversation)
    assert lisa.get(f"/admin/r/{kind.pk}/{w.there.conversation}/").status_code == 404
    Conversation.objects.filter(pk=w.there.conversation).update(customer=w.here.customer)
    for client, found in ((lisa, 0), (omar, 1)):
        assert len(client.get(url(w.here, "details")).json()["customer"]["earlier"]) == found


def test_in_their_own_inbox_they_do_everything():
    """The other side of the limit."""
    w = world()
    lisa = browser(w.lisa)
    for name in ("change", "details", "messages", "runs"):
        assert lisa.get(url(w.here, name)).status_code == 200
    assert post(lisa, w.here, "claim").status_code == 200
    reply = post(lisa, w.here, "reply", client_id=str(uuid.uuid4()), text="Hello", last_seen_seq=2)
    assert reply.status_code == 201
    assert post(lisa, w.here, "close").status_code == 200
    assert lisa.get(f"/admin/sessions_app/customer/{w.here.customer}/change/").status_code == 200
    assert lisa.get(f"/admin/support/notificationplan/{w.alpha.pk}/change/").status_code == 200
    exported = lisa.post(f"/admin/support/erasure/export/{w.here.customer}/")
    assert json.loads(_text(exported))["customer"]["name"] == "Anna"


def test_an_administrator_is_never_limited():
    """Red when `within` does not ask whether the user is one."""
    w = world()
    rita = staff("rita")
    choosing.choose(rita, [w.alpha])
    assert browser(rita).get(url(w.there)).status_code == 200
    assert browser(rita).get("/admin/auth/user/").status_code == 200
