"""An e-mail when somebody waits and nobody is looking: once for each waiting, together with others, in its time."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db.models.functions import Now

from config.common import redis
from sessions_app.models import Inbox
from support import actions, presence, queries
from support.models import Conversation, Notification, NotificationPlan
from support.notifications import claiming, sending, tasks, waiting
from support.notifications.letters import duration
from support.notifications.limits import MAX_LISTED, MAX_QUOTED
from tests.notifications.conftest import minutes_ago
from tests.support.conversations import new_human_agent

pytestmark = pytest.mark.django_db


def states():
    return list(Notification.objects.order_by("created_at").values_list("state", flat=True))


def test_the_e_mail_says_where_how_long_and_links_there(mailserver, plan, waits, work):
    """Red when the e-mail quotes although `quotes` is off."""
    place = waits(4, "My PIN is 1234")
    work()
    [mail] = mailserver.received
    assert (mail.recipients, mail.subject) == (["team@example.com"], "1 person waits in Acme: 4 minutes")
    link = f"https://support.example.com/admin/support/conversation/{place.conversation}/change/"
    stop = f"https://support.example.com/admin/support/notificationplan/{plan.pk}/change/"
    for kind in ("plain", "html"):
        assert link in mail.text(kind)
        assert stop in mail.text(kind)
        assert "1234" not in mail.text(kind)
    assert mail.message["Auto-Submitted"] == "auto-generated"
    assert mail.message.get_all("To") == ["undisclosed-recipients:;"]


def test_each_waiting_is_told_of_once(mailserver, plan, waits, work):
    """Red when `due` does not look at NotifiedWait."""
    waits(4)
    work()
    Notification.objects.update(finished_at=minutes_ago(60))
    work()
    assert len(mailserver.received) == 1


def test_who_waits_anew_is_told_of_anew(mailserver, plan, waits, work):
    """Red when the key of NotifiedWait has no epoch."""
    place = waits(4)
    work()
    actions.claim(place.conversation, new_human_agent())
    actions.release(place.conversation, "nobody")
    actions.request_handoff(place, "")
    Conversation.objects.update(queued_at=minutes_ago(2))
    Notification.objects.update(finished_at=minutes_ago(60))
    work()
    assert [mail.subject for mail in mailserver.received] == [
        "1 person waits in Acme: 4 minutes",
        "1 person waits in Acme: 2 minutes",
    ]


@pytest.mark.parametrize(("seconds", "told"), [(55, 0), (65, 1)])
def test_nobody_is_told_before_its_time(mailserver, plan, waits, work, seconds, told):
    """Red when `due` does not compare `after_seconds`."""
    waits(seconds / 60)
    work()
    assert len(mailserver.received) == told


def test_a_rush_is_one_e_mail(mailserver, plan, waits, work):
    """Red when each waiting is a notification of its own."""
    for minutes in (2, 4, 3):
        waits(minutes)
    work()
    [mail] = mailserver.received
    assert mail.subject == "3 people wait in Acme, the longest 4 minutes"
    assert mail.text().index("4 minutes") < mail.text().index("3 minutes") < mail.text().index("2 minutes")


@pytest.mark.parametrize(("minutes", "mails"), [(9.9, 1), (10.1, 2)])
def test_between_two_e_mails_there_is_a_pause(mailserver, plan, waits, work, minutes, mails):
    """Red when `_pauses` is not asked."""
    waits(4)
    work()
    waits(2)
    waits(3)
    Notification.objects.update(finished_at=minutes_ago(minutes))
    work()
    assert len(mailserver.received) == mails
    assert mails == 1 or mailserver.received[1].subject == "2 people wait in Acme, the longest 3 minutes"


def test_each_inbox_tells_of_its_own_customers(mailserver, plan, waits, work):
    """Red when `_take` asks `due` without the inbox."""
    inbox = Inbox.objects.create(name="Other")
    NotificationPlan.objects.create(inbox=inbox, enabled=True, addresses=["other@example.com"])
    waits(4)
    sending.work(inbox.pk)
    assert (mailserver.received, Notification.objects.count()) == ([], 0)


def test_another_inbox_has_a_pause_of_its_own(mailserver, plan, waits, work):
    """Red when `_pauses` does not look at the inbox."""
    Notification.objects.create(inbox=Inbox.objects.create(name="Other"), state="sent", finished_at=Now())
    waits(4)
    work()
    assert [mail.recipients for mail in mailserver.received] == [["team@example.com"]]


@pytest.mark.parametrize("looks", ["queue", "inbox", "conversation"])
def test_whoever_looks_is_not_called(mailserver, plan, waits, work, looks):
    """Red when `_unseen` lets everything through, or does not know the inbox's part of the queue."""
    place = waits(4)
    queues = {"queue": presence.queues_of(None), "inbox": presence.queues_of([plan.pk])}
    presence.look("socket", queues.get(looks, [str(place.conversation)]))
    work()
    assert mailserver.received == []
    assert Notification.objects.count() == 0
    redis.client().delete(presence._KEY)
    work()
    assert len(mailserver.received) == 1


def test_whoever_works_in_another_inbox_does_not_look(mailserver, plan, waits, work):
    """Their queue has nobody of this one in it. Red when `queues_of` gives them the whole queue."""
    waits(4)
    presence.look("socket", presence.queues_of([Inbox.objects.create(name="Other").pk]))
    work()
    assert len(mailserver.received) == 1


def test_one_conversation_being_looked_at_hides_no_other(mailserver, plan, waits, work):
    seen, unseen = waits(4), waits(3)
    presence.look("socket", [str(seen.conversation)])
    work()
    [mail] = mailserver.received
    assert str(unseen.conversation) in mail.text()
    assert str(seen.conversation) not in mail.text()


def test_a_socket_that_died_looks_no_more():
    """Red when `looked_at` does not compare with Redis' clock."""
    presence.look("alive", ["a"])
    redis.client().zadd(presence._KEY, {"dead b": 1})
    assert presence.looked_at() == {"a"}


@pytest.mark.parametrize(("hours", "mails"), [([["00:00", "24:00"]], 0), ([], 1)])
def test_in_quiet_hours_nobody_is_told(mailserver, plan, waits, work, hours, mails):
    """Red when `is_quiet` is not asked."""
    waits(4)
    days = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    NotificationPlan.objects.update(quiet_hours={day: hours for day in days if hours})
    work()
    assert len(mailserver.received) == mails
    NotificationPlan.objects.update(quiet_hours={})
    work()
    assert len(mailserver.received) == 1


def test_quiet_hours_are_in_the_time_zone_of_the_inbox(plan):
    """Red when `is_quiet` takes another time zone than the inbox's."""
    plan.quiet_hours, plan.inbox.timezone = {"mon": [["22:00", "06:00"]]}, "America/New_York"
    assert not claiming.is_quiet(plan, datetime(2026, 11, 24, 2, 59, tzinfo=UTC))
    assert claiming.is_quiet(plan, datetime(2026, 11, 24, 3, 0, tzinfo=UTC))
    assert not claiming.is_quiet(plan, datetime(2026, 11, 24, 11, 0, tzinfo=UTC))


def test_switched_off_nobody_is_told(mailserver, plan, waits, work):
    """Red when `take` does not look at `enabled`."""
    waits(4)
    mailserver.refusal = "451 4.3.0 Later"
    work()
    NotificationPlan.objects.update(enabled=False)
    mailserver.refusal = ""
    work(again=True)
    assert mailserver.received == []
    assert list(waiting.plans()) == []


def test_agents_with_an_address_are_told(mailserver, plan, waits, work):
    """Red when agents who left, other staff, or a second time the same address are told."""
    group = Group.objects.get(name="Support agents")
    people: dict[str, dict[str, Any]] = {
        "anna": {"email": "anna@example.com"},
        "team": {"email": "Team@example.com"},
        "left": {"email": "left@example.com", "is_active": False},
        "none": {"email": ""},
    }
    for name, fields in people.items():
        new_human_agent(name, **fields).groups.add(group)
    new_human_agent("editor", email="editor@example.com")
    NotificationPlan.objects.update(all_agents=True)
    waits(4)
    work()
    assert sorted(mail.recipients for mail in mailserver.received) == [["anna@example.com"], ["team@example.com"]]


def test_quotes_are_bounded_and_are_text(mailserver, plan, waits, work):
    """Red when the template does not escape, or the quote is not cut."""
    NotificationPlan.objects.update(quotes=True)
    waits(4, "<b>Hello</b>\n" + "x" * MAX_QUOTED)
    work()
    [mail] = mailserver.received
    assert "&lt;b&gt;Hello&lt;/b&gt; xx" in mail.text("html")
    assert "<b>Hello</b> " + "x" * (MAX_QUOTED - 14) + "…" in mail.text()


def test_a_name_with_a_line_break_makes_no_header(mailserver, plan, waits, work):
    plan.inbox.name = "Acme\r\nBcc: eve@example.com"
    plan.inbox.save(update_fields=["name"])
    waits(4)
    work()
    [mail] = mailserver.received
    assert mail.recipients == ["team@example.com"]
    assert mail.message["Bcc"] is None


def test_a_long_queue_is_named_in_part(mailserver, plan, waits, work):
    """Red when the list is not bounded."""
    for _ in range(MAX_LISTED + 2):
        waits(4)
    work()
    [mail] = mailserver.received
    assert mail.subject.startswith(f"{MAX_LISTED + 2} people wait")
    assert mail.text().count("/admin/support/conversation/") == MAX_LISTED + 1
    assert "And 2 more: https://support.example.com/admin/support/conversation/" in mail.text()


def test_the_sweep_asks_for_inboxes_with_work_alone(plan, waits):
    """Red when `plans` leaves out what is to be tried again, or takes plans with nothing to tell."""
    assert list(waiting.plans()) == []
    waits(0.5)
    assert list(waiting.plans()) == []
    waits(4)
    assert list(waiting.plans()) == [plan]
    Conversation.objects.update(state="human")
    assert list(waiting.plans()) == []
    row = Notification.objects.create(inbox=plan.inbox)
    assert list(waiting.plans()) == [plan]
    Notification.objects.filter(pk=row.pk).update(next_at=Now() + timedelta(minutes=1))
    assert list(waiting.plans()) == []


def test_a_claim_before_the_e_mail_drops_it(mailserver, plan, waits, work):
    """Red when what nobody waits for any more stays pending."""
    place = waits(4)
    mailserver.refusal = "451 4.3.0 Later"
    work()
    assert states() == ["pending"]
    actions.claim(place.conversation, new_human_agent())
    mailserver.refusal = ""
    work(again=True)
    assert (states(), mailserver.received) == (["dropped"], [])
    assert queries.snapshot(place.conversation)[0]["state"] == "human"


def test_old_e_mails_are_forgotten_and_nobody_is_told_again(mailserver, plan, waits, work):
    """Red when `clean_up` deletes what is known of those who wait still."""
    waits(4)
    work()
    Notification.objects.update(created_at=minutes_ago(60 * 24 * 31), finished_at=minutes_ago(60 * 24 * 31))
    tasks.clean_up()
    work()
    assert (states(), len(mailserver.received)) == (["sent"], 1)
    Conversation.objects.update(state="closed")
    tasks.clean_up()
    assert states() == []


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 seconds"), (1, "1 second"), (59.9, "59 seconds"), (60, "1 minute"), (7199, "1 hour"), (172_800, "2 days")],
)
def test_durations_are_words(seconds, words):
    assert duration(seconds) == words
