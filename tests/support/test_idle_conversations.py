"""Abandoned conversations are closed; one in which somebody waits never is."""

from datetime import timedelta

import pytest
from django.utils import timezone

from config.common import events
from sessions_app.lock import hold
from support import idle_actions, run_actions, tasks
from support.models import Conversation, Run
from tests.support.conversations import OWNER, ask, conversation, new_human_agent, new_place, transcript

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def thirty_days(settings):
    settings.CONVERSATION_IDLE_DAYS = 30


def answered(days: int, **fields):
    """A conversation that was answered, and in which nothing happened for so many days."""
    place = new_place()
    run_actions.fail(ask(place).run.id, OWNER)
    Conversation.objects.filter(id=place.conversation).update(
        updated_at=timezone.now() - timedelta(days=days, minutes=1), **fields
    )
    return place


def state(place) -> str:
    return conversation(place).state


def test_after_the_days_it_is_closed():
    """Red when `idle_conversations` does not look at `updated_at`."""
    abandoned, recent = answered(30), answered(29)
    tasks.close_idle_conversations()
    assert (state(abandoned), state(recent)) == ("closed", "bot")
    assert transcript(abandoned)[-1] == (3, "system", "closed")


def test_one_that_waits_for_an_answer_stays_open():
    """Red when `idle_conversations` does not compare `answered_seq`."""
    place = answered(99, answered_seq=0)
    assert Run.objects.filter(conversation=place.conversation, state="active").count() == 0
    tasks.close_idle_conversations()
    assert state(place) == "bot"


def test_one_in_the_queue_stays_there():
    place = answered(99, state="queued", queued_at=timezone.now())
    tasks.close_idle_conversations()
    assert state(place) == "queued"


def test_a_claim_that_was_forgotten_ends_too():
    place = answered(99, state="human", assignee=new_human_agent())
    tasks.close_idle_conversations()
    assert state(place) == "closed"
    assert conversation(place).assignee is None


def test_who_writes_in_the_last_moment_keeps_it_open():
    """Red when `close_idle` does not look again under the lock."""
    place = answered(30)
    ask(place)
    assert idle_actions.close_idle(place.conversation) is None
    assert state(place) == "bot"


def test_zero_days_means_never(settings):
    settings.CONVERSATION_IDLE_DAYS = 0
    place = answered(9999)
    tasks.close_idle_conversations()
    assert state(place) == "bot"


def test_so_many_at_a_time_the_oldest_first(monkeypatch):
    """Red when `_close_idle` is not bounded."""
    monkeypatch.setattr(tasks, "MAX_CLOSED", 2)
    places = [answered(days) for days in (40, 60, 50)]
    tasks.close_idle_conversations()
    assert [state(place) for place in places] == ["bot", "closed", "closed"]


def test_one_process_at_a_time():
    """Red when the task takes no lock."""
    place = answered(30)
    with hold("conversations.close_idle"):
        tasks.close_idle_conversations()
    assert state(place) == "bot"


def test_the_log_says_how_many(monkeypatch):
    seen = []
    monkeypatch.setattr(events, "emit", lambda event, **fields: seen.append((str(event), fields)))
    answered(30)
    tasks.close_idle_conversations()
    assert seen == [("conversations.closed", {"closed": 1})]
