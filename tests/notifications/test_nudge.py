"""The hand-off itself asks for the e-mail where nobody is to wait; beat looks after the rest."""

import pytest
from django.db import transaction

from config.celery import app
from support import actions
from support.models import NotificationPlan
from support.notifications import nudge
from tests.support.conversations import ask, new_place

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def asked():
    """How many tasks have been put into the queue of the worker; they are taken out again."""

    def count():
        nudge._sender.submit(lambda: None).result()
        with app.connection_for_write() as connection:
            client = connection.default_channel.client
            found = client.lrange("webhooks", 0, -1)
            client.delete("webhooks")
        return sum(b"support.notifications.tasks.tell" in task for task in found)

    count()
    return count


@pytest.mark.parametrize(("seconds", "tasks"), [(0, 1), (1, 0)])
def test_a_hand_off_asks_at_once_where_nobody_is_to_wait(asked, seconds, tasks):
    """Red when `hand_off` does not nudge, or nudges for every plan."""
    place = new_place()
    NotificationPlan.objects.create(inbox_id=place.inbox, enabled=True, after_seconds=seconds)
    ask(place)
    actions.request_handoff(place, "")
    assert asked() == tasks


def test_what_is_rolled_back_asks_for_nothing(asked):
    """Red when the task is sent before the commit."""
    place = new_place()
    NotificationPlan.objects.create(inbox_id=place.inbox, enabled=True, after_seconds=0)
    ask(place)
    with transaction.atomic():
        actions.request_handoff(place, "")
        transaction.set_rollback(True)
    assert asked() == 0
