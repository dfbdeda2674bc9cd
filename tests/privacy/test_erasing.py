"""Erasing: in an order that leaves nothing behind, whenever it is broken off, and whoever works on it meanwhile."""

import uuid
from datetime import timedelta

import pytest
from django.db.models import F

from agents.models import ToolCall
from agents.turn import Reply, Usage
from config.common import events
from config.common.errors import NotFound, Unauthorized, Unavailable
from sessions_app import services, tokens
from sessions_app.identity import Identity
from sessions_app.models import Customer, FormerVisitor, SessionRevocation
from sessions_app.services import Start
from sessions_app.store import store
from support import run_actions, sessions
from support.change import Fenced
from support.models import Conversation, Erasure, EscalationSimulation, Message, Run
from support.privacy import erasing, people, removing
from tests.privacy.planting import OWNER

pytestmark = pytest.mark.django_db


def test_tokens_are_refused_at_once(planted):
    """Red when `_end` deletes records instead of ending sessions."""
    services.authenticate(planted.token)
    erasing.erase(planted.customer.id, "rita")
    with pytest.raises(Unauthorized):
        services.authenticate(planted.token)
    assert SessionRevocation.objects.filter(session_id=planted.session.id).exists()


def test_the_run_under_way_is_fenced_first(planted, monkeypatch):
    """Red when `erase` fences no conversation."""
    seen = []

    def look(person, by, ended):
        seen.append(Run.objects.get(id=planted.run.id).state)
        seen.append(Conversation.objects.get(id=planted.conversation.id).state)
        raise KeyboardInterrupt

    monkeypatch.setattr(erasing, "_erase_rows", look)
    with pytest.raises(KeyboardInterrupt):
        erasing.erase(planted.customer.id, "rita")
    assert seen == ["cancelled", "closed"]
    with pytest.raises(Fenced):
        run_actions.answer(planted.run.id, OWNER, Reply("Late.", (), "llm", Usage()), 1.0)


def test_a_run_that_comes_late_writes_nothing(planted):
    erasing.erase(planted.customer.id, "rita")
    with pytest.raises(Fenced):
        run_actions.fail(planted.run.id, OWNER)


def test_what_was_broken_off_is_begun_again(planted, monkeypatch):
    """Red when the rows are not removed in one transaction."""
    with monkeypatch.context() as patch:
        patch.setattr(erasing, "digest_of", lambda row: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            erasing.erase(planted.customer.id, "rita")
    assert Message.objects.filter(conversation=planted.conversation).count() == 2
    assert not Erasure.objects.exists()
    erasing.erase(planted.customer.id, "rita")
    assert not Message.objects.exists()


def test_without_redis_nothing_is_removed(planted, away_after):
    """Red when `erase` takes the sessions last."""
    with away_after(), pytest.raises(Unavailable):
        erasing.erase(planted.customer.id, "rita")
    assert Customer.objects.filter(id=planted.customer.id).exists()


def test_twice_is_not_found(planted):
    erasing.erase(planted.customer.id, "rita")
    with pytest.raises(NotFound):
        erasing.erase(planted.customer.id, "rita")
    assert Erasure.objects.count() == 1


def test_the_visitors_page_leads_to_the_person(planted):
    """Red when `people.find` does not look for whom a visitor became."""
    assert people.find(planted.visitor.id) == people.find(planted.customer.id)
    assert people.find(planted.customer.id).ids == sorted([planted.customer.id, planted.visitor.id])


def test_the_manifest_says_what_went(planted, monkeypatch):
    seen = []
    monkeypatch.setattr(events, "emit", lambda event, *_, **fields: seen.append((str(event), fields)))
    row = erasing.erase(planted.customer.id, "rita")
    row.refresh_from_db()
    assert row.by == "rita"
    assert row.removed == {
        "agents_toolcall": 1,
        "django_admin_log": 1,
        "sessions in Redis": 2,
        "sessions_app_customer": 2,
        "sessions_app_formervisitor": 1,
        "sessions_app_verifiedaddress": 2,
        "support_action": 2,
        "support_conversation": 1,
        "support_conversationmemory": 1,
        "support_emailchallenge": 1,
        "support_escalation": 1,
        "support_escalationsimulation": 1,
        "support_message": 2,
        "support_run": 1,
        "support_webhookdelivery": row.removed["support_webhookdelivery"],
        "support_webhookevent": row.removed["support_webhookevent"],
    }
    assert len(row.marks) == 4
    assert erasing.digest_of(row) == row.digest
    assert seen[-1] == ("customer.erased", {"erasure": str(row.id), "rows": sum(row.removed.values())})


def test_latecomers_are_removed_and_counted(planted):
    """Red when `_late_rows` looks for no tool calls, or for no simulations, or `_look_again` for no sessions."""
    row = erasing.erase(planted.customer.id, "rita")
    digest = row.digest
    call = {"call": "c", "tool": "t", "risk": "read", "arguments": {}, "state": "done", "took_ms": 1}
    ToolCall.objects.create(run=planted.run.id, **call)
    kept = ToolCall.objects.create(run=uuid.uuid4(), **call)
    listed = {"listed": [{"id": str(planted.conversation.id)}]}
    EscalationSimulation.objects.create(
        inbox=planted.inbox, rules=[], since=row.erased_at, until=row.erased_at, result=listed
    )
    store.create(planted.session)
    assert erasing.settle() == 1
    row.refresh_from_db()
    assert list(ToolCall.objects.all()) == [kept]
    assert EscalationSimulation.objects.latest("id").result == {"listed": []}
    assert store.load(planted.session.id) is None
    assert (row.removed["agents_toolcall"], row.removed["sessions in Redis"]) == (2, 3)
    assert row.digest == erasing.digest_of(row) != digest


def test_after_an_hour_it_is_settled(planted):
    """Red when `settle` settles what is younger than LATECOMERS, or nothing."""
    row = erasing.erase(planted.customer.id, "rita")
    ages = {timedelta(minutes=59): False, timedelta(minutes=61): True}
    for age, settled in ages.items():
        Erasure.objects.update(erased_at=row.erased_at - age)
        erasing.settle()
        assert (Erasure.objects.get().settled_at is not None) == settled
    assert erasing.settle() == 0


def test_who_comes_back_begins_anew(planted):
    """Red when `previous_claims` takes a token whose customer is no more: they would go on under the erased id."""
    Customer.objects.filter(id=planted.visitor.id).delete()
    removing.conversations([planted.conversation.id])
    claims = planted.session.claims
    assert services.previous_claims(tokens.sign(claims), planted.inbox) == claims
    Customer.objects.filter(id=planted.customer.id).delete()
    began = sessions.start(Start(planted.inbox.key, previous_token=tokens.sign(claims)))
    assert began.customer.id != planted.customer.id
    assert began.session.conversation != planted.conversation.id


def test_a_visitor_who_signs_in_is_remembered_as_one_person(db, planted):
    """Red when `_customer` does not note whom the visitor became, or notes it of those who were signed in before."""
    anonymous = sessions.start(Start(planted.inbox.key))
    signed = tokens.sign(anonymous.session.claims)
    FormerVisitor.objects.all().delete()
    for sub in ("ann", "bob"):
        services._customer(Identity(sub=sub), Start(planted.inbox.key), planted.inbox, tokens.read(signed))
    ann = Customer.objects.get(sub="ann")
    assert list(FormerVisitor.objects.values_list("visitor", "customer")) == [(anonymous.customer.id, ann.id)]
    known = sessions.start(Start(planted.inbox.key)).session.claims
    Customer.objects.filter(id=known.customer).update(sub=F("id"))
    services._customer(Identity(sub="carl"), Start(planted.inbox.key), planted.inbox, known)
    assert FormerVisitor.objects.count() == 1
