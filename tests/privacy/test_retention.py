"""What is older than its days goes, in batches; what is younger, in use, or to be kept for ever does not."""

import uuid
from datetime import timedelta

import psycopg
import pytest
from django.contrib.sessions.models import Session as SignIn
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from agents.models import ToolCall
from config import settings as shipped
from config.common import events, metrics
from config.environment import env_int
from sessions_app import services
from sessions_app.lock import hold
from sessions_app.models import Customer, VerifiedAddress
from sessions_app.store import store
from support.models import (
    Action,
    Conversation,
    ConversationMemory,
    EmailChallenge,
    EscalationSimulation,
    Message,
    Run,
    Spending,
)
from support.privacy import removing, retention, tasks
from tests.privacy.planting import plant
from tests.support.conversations import ask, new_place

pytestmark = pytest.mark.django_db

SETTINGS = [rule.setting for rule in retention.RULES if rule.setting]


@pytest.fixture(autouse=True)
def nothing_is_old(settings, empty_redis):
    """Each test says what it is about."""
    for name in SETTINGS:
        setattr(settings, name, 0)


def ago(days: int):
    """That many days ago and a minute."""
    return Now() - timedelta(days=days, minutes=1)


def closed(days: int) -> Conversation:
    """A conversation that was closed so many days ago."""
    place = new_place()
    ask(place)
    rows = Conversation.objects.filter(id=place.conversation)
    rows.update(state="closed", closed_at=ago(days), updated_at=ago(days))
    Run.objects.filter(conversation=place.conversation).update(state="finished", finished_at=ago(days))
    return rows.get()


def left(model) -> set:
    return set(model.objects.values_list("pk", flat=True))


def test_by_default_nothing_goes_that_anybody_would_miss():
    """Red when a default is changed: conversations, people, memory, run details and the ledger are kept for ever."""
    defaults = {name: getattr(shipped, name) for name in SETTINGS}
    assert defaults == dict.fromkeys(SETTINGS, 0) | {"RETENTION_SIMULATIONS_DAYS": 90}


def test_for_ever_means_for_ever():
    """Red when `before` does not look for 0."""
    planted = plant()
    Conversation.objects.update(state="closed", closed_at=ago(9999))
    Run.objects.update(finished_at=ago(9999))
    Spending.objects.update(created_at=ago(9999))
    EscalationSimulation.objects.update(beat_at=ago(9999))
    Customer.objects.update(last_seen_at=ago(9999))
    tasks.retain()
    assert ConversationMemory.objects.count() == Spending.objects.count() == EscalationSimulation.objects.count() == 1
    assert Run.objects.get(id=planted.run.id).searches
    assert Customer.objects.count() == 2


def test_closed_conversations_go_with_all_that_hangs_on_them(settings):
    """Red when `_conversations` compares the wrong way, or looks at no state."""
    settings.RETENTION_CONVERSATIONS_DAYS = 30
    planted = plant()
    Conversation.objects.filter(id=planted.conversation.id).update(state="closed", closed_at=ago(30))
    young, reopened = closed(29), closed(99)
    Conversation.objects.filter(id=reopened.id).update(state="bot")
    tasks.retain()
    assert left(Conversation) == {young.id, reopened.id}
    assert not ToolCall.objects.exists()
    assert Message.objects.filter(conversation=planted.conversation.id).count() == 0


def test_what_was_closed_long_ago_is_found_by_an_index():
    """Red when the index is left out, or is one that the statement cannot use."""
    one, now = closed(10), timezone.now()
    same = {"inbox_id": one.inbox_id, "customer_id": one.customer_id, "state": "closed"}
    Conversation.objects.bulk_create(Conversation(**same, closed_at=now - timedelta(hours=n)) for n in range(1_000))
    with CaptureQueriesContext(connection) as asked:
        retention._conversations(ago(99))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE support_conversation")
        cursor.execute("EXPLAIN " + asked[0]["sql"])
        assert "conversation_closed" in str(cursor.fetchall())


@pytest.mark.django_db(transaction=True)
def test_one_that_is_being_reopened_stays(settings):
    """Red when `_first` locks nothing: the row would be waited for, and removed once it is open."""
    settings.RETENTION_CONVERSATIONS_DAYS = 30
    reopened, old = closed(40), closed(40)
    with psycopg.connect(connection.connection.info.dsn) as other:
        other.execute("UPDATE support_conversation SET state = 'bot' WHERE id = %s", [reopened.id])
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '2s'")
            tasks.retain()
            cursor.execute("SET lock_timeout = 0")
    assert left(Conversation) == {reopened.id}
    tasks.retain()
    assert left(Conversation) == {reopened.id} != {old.id}


def test_memory_goes_before_its_conversation(settings):
    settings.RETENTION_MEMORY_DAYS = 7
    old, young, open_one = closed(7), closed(6), closed(99)
    Conversation.objects.filter(id=open_one.id).update(state="bot")
    for row in (old, young, open_one):
        ConversationMemory.objects.create(conversation=row, summary="They count.")
    tasks.retain()
    assert left(ConversationMemory) == {young.id, open_one.id}
    assert left(Conversation) == {old.id, young.id, open_one.id}


def test_details_of_runs_go_and_the_runs_stay(settings):
    """Red when `_run_details` leaves a field."""
    settings.RETENTION_RUN_DETAILS_DAYS = 7
    details = {"passages": [{"text": "x"}], "searches": [{"query": "x"}], "trace": "00-1"}
    for days in (7, 6):
        Run.objects.filter(conversation=closed(days)).update(**details)
    tasks.retain()
    assert sorted(Run.objects.values_list("trace", "searches", "passages"), key=str) == [
        ("", None, []),
        ("00-1", [{"query": "x"}], [{"text": "x"}]),
    ]
    with hold("any") as lock:
        assert retention.apply(lock)["run_details"] == 0


def test_simulations_and_the_ledger(settings):
    """Red when `_spending` forgets what an open conversation has spent."""
    settings.RETENTION_SIMULATIONS_DAYS = settings.RETENTION_SPENDING_DAYS = 90
    row, open_one = closed(100), closed(100)
    Conversation.objects.filter(id=open_one.id).update(state="bot")
    for days in (90, 89):
        made = EscalationSimulation.objects.create(inbox=row.inbox, rules=[], since=Now(), until=Now())
        EscalationSimulation.objects.filter(pk=made.pk).update(beat_at=ago(days))
        for conversation in (row, open_one, None):
            Spending.objects.create(inbox=row.inbox, conversation=conversation, tokens=days, cost=0)
    Spending.objects.filter(tokens=90).update(created_at=ago(90))
    tasks.retain()
    assert left(EscalationSimulation) == {made.pk}
    kept = Spending.objects.order_by("pk").values_list("tokens", "conversation")
    assert list(kept) == [(90, open_one.id), (89, row.id), (89, open_one.id), (89, None)]


def test_customers_without_a_conversation(settings):
    """Red when `_customers` does not look for conversations, or ends no session."""
    settings.RETENTION_CUSTOMERS_DAYS = 30
    planted = plant()
    start = services.Start(planted.inbox.key)
    quiet, young = (Customer.objects.create(inbox=planted.inbox) for _ in range(2))
    ended = services.open_session(planted.inbox, quiet, uuid.uuid4(), start)
    kept = services.open_session(planted.inbox, young, uuid.uuid4(), start)
    Customer.objects.exclude(id__in=[young.id, planted.visitor.id]).update(last_seen_at=ago(30))
    tasks.retain()
    assert left(Customer) == {planted.customer.id, planted.visitor.id, young.id}
    assert store.load(ended.id) is None
    assert store.load(kept.id) is not None


def test_sign_ins_that_are_over_always_go():
    for key, hours in (("old", -1), ("young", 1)):
        SignIn.objects.create(session_key=key, session_data="", expire_date=timezone.now() + timedelta(hours=hours))
    tasks.retain()
    assert left(SignIn) == {"young"}


def test_proofs_that_ran_out_and_codes_that_nobody_waits_for(settings):
    """Red when `_verified` compares the wrong way, or `_challenges` takes codes of actions that wait."""
    planted = plant()
    VerifiedAddress.objects.filter(customer=planted.visitor).update(expires_at=Now() - timedelta(seconds=1))
    other = plant("other")
    Action.objects.filter(conversation=other.conversation).update(state="declined")
    tasks.retain()
    assert left(VerifiedAddress) == {planted.customer.id, other.visitor.id, other.customer.id}
    assert list(EmailChallenge.objects.values_list("action__conversation", flat=True)) == [planted.conversation.id]


def test_bounded_batches_and_no_more_than_so_many(settings, monkeypatch):
    """Red when `_apply` goes on without end, or `_first` takes more than a batch."""
    settings.RETENTION_CONVERSATIONS_DAYS = 1
    monkeypatch.setattr(retention, "CONVERSATIONS", 2)
    monkeypatch.setattr(retention, "MAX_BATCHES", 2)
    sizes = []
    remove = removing.conversations
    monkeypatch.setattr(removing, "conversations", lambda ids: (sizes.append(len(ids)), remove(ids)))
    rows = [closed(days) for days in (3, 4, 5, 6, 7)]
    tasks.retain()
    assert sizes == [2, 2]
    assert left(Conversation) == {rows[0].id}  # the oldest go first
    tasks.retain()
    tasks.retain()
    assert left(Conversation) == set()


def test_one_process_at_a_time(settings):
    """Red when the task takes no lock."""
    settings.RETENTION_CONVERSATIONS_DAYS = 1
    row = closed(2)
    with hold("privacy.retain"):
        tasks.retain()
    assert left(Conversation) == {row.id}


def test_who_lost_the_lock_stops(settings, monkeypatch):
    """Red when `_apply` does not check its lock."""
    settings.RETENTION_CONVERSATIONS_DAYS = 1
    row = closed(2)
    monkeypatch.setattr("sessions_app.lock.Held.lost", True)
    tasks.retain()
    assert left(Conversation) == {row.id}


def test_it_is_logged_and_counted(settings, monkeypatch):
    seen = []
    monkeypatch.setattr(events, "emit", lambda event, *_, **fields: seen.append((str(event), fields)))
    counted = metrics.RETENTION_REMOVED.labels("conversations")
    before = counted._value.get()
    tasks.retain()
    assert seen == []
    settings.RETENTION_CONVERSATIONS_DAYS = 1
    closed(2)
    tasks.retain()
    [(event, fields)] = seen
    assert event == "retention.applied"
    assert {name: count for name, count in fields.items() if count} == {"conversations": 1}
    assert counted._value.get() == before + 1


@pytest.mark.parametrize("name", SETTINGS)
def test_days_are_whole_numbers_from_zero_on(monkeypatch, name):
    monkeypatch.setenv(name, "0")
    assert env_int(name, 5, 0) == 0
    monkeypatch.setenv(name, "-1")
    with pytest.raises(ImproperlyConfigured, match=name):
        env_int(name, 5, 0)
