"""A mail server, an inbox that tells somebody, and customers who wait."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now

from config.common import mail, redis
from sessions_app.models import Inbox
from support import actions, presence
from support.actions import Place
from support.models import Conversation, NotificationPlan
from support.notifications import sending
from tests.fakes.mailserver import MailServer
from tests.support.conversations import ask, new_place


def minutes_ago(minutes):
    """The time so many minutes before the database's now."""
    return Now() - timedelta(minutes=minutes)


@pytest.fixture
def mailserver(settings):
    """Where e-mails go to: Django's own backend, over a socket."""
    with MailServer() as server:
        use(settings, server.port)
        yield server


def use(settings, port):
    """Send e-mails to the server at this port."""
    for name, value in mail.parse(f"smtp://127.0.0.1:{port}").items():
        setattr(settings, name, value)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.PUBLIC_URL = "https://support.example.com"


@pytest.fixture(autouse=True)
def _nobody_looks():
    redis.client().delete(presence._KEY)


@pytest.fixture
def plan():
    """An inbox, Acme, that tells one address after a minute."""
    inbox = Inbox.objects.create(name="Acme")
    return NotificationPlan.objects.create(inbox=inbox, enabled=True, all_agents=False, addresses=["team@example.com"])


@pytest.fixture
def waits(plan):
    """Let another customer wait in the inbox for so many minutes."""

    def wait(minutes, text="Where is my order?"):
        other = new_place()
        place = Place(other.conversation, plan.inbox_id, other.customer, "en")
        ask(place, text)
        actions.request_handoff(place, "")
        Conversation.objects.filter(pk=place.conversation).update(queued_at=minutes_ago(minutes))
        return place

    return wait


@pytest.fixture
def work(plan):
    """Tell, as the worker would; `again`: also what waits for its next attempt."""

    def tell(*, again=False):
        if again:
            plan.inbox.notifications.update(next_at=minutes_ago(1))
        sending.work(plan.pk)

    return tell
