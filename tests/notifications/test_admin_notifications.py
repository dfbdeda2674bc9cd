"""Notifications in the console: an inbox says whom it tells, tries it, and sees what could not be sent."""

import pytest

from sessions_app.models import Inbox
from support.models import Notification, NotificationPlan
from support.notifications.limits import LONGEST_PAUSE_MINUTES, LONGEST_WAIT_SECONDS, MAX_ADDRESSES
from tests.notifications.conftest import minutes_ago
from tests.support.console_cast import browser, staff

pytestmark = pytest.mark.django_db

LIST = "/admin/support/notificationplan/"
FORM = {
    "enabled": "on",
    "addresses": "team@example.com",
    "after_seconds": "60",
    "pause_minutes": "10",
}


@pytest.fixture
def rita():
    return browser("rita")


@pytest.fixture
def inbox():
    return Inbox.objects.create(name="Acme")


def page(inbox):
    return f"{LIST}{inbox.pk}/change/"


def test_every_inbox_has_a_page_and_tells_nobody_at_first(rita, inbox):
    assert "Nobody is told" in rita.get(LIST).content.decode()
    shown = rita.get(page(inbox)).content.decode()
    assert "Notifications: Acme" in shown
    assert "None yet." in shown
    assert page(inbox) in rita.get(f"/admin/sessions_app/inbox/{inbox.pk}/change/").content.decode()
    assert NotificationPlan.objects.count() == 0


def test_a_plan_is_saved_and_changed(rita, inbox):
    """Red when a fieldset leaves a field out."""
    more = {"addresses": "a@example.com\nb@example.com, a@example.com", "after_seconds": "90", "pause_minutes": "5"}
    rita.post(page(inbox), FORM | more | {"all_agents": "on", "quiet_hours_sun": "all day", "quotes": "on"})
    plan = NotificationPlan.objects.get()
    assert (plan.inbox, plan.enabled, plan.all_agents, plan.quotes) == (inbox, True, True, True)
    assert (plan.addresses, plan.after_seconds, plan.pause_minutes) == (["a@example.com", "b@example.com"], 90, 5)
    assert plan.quiet_hours == {"sun": [["00:00", "24:00"]]}
    rita.post(page(inbox), {name: value for name, value in FORM.items() if name != "enabled"} | {"quiet_hours_sun": ""})
    plan.refresh_from_db()
    assert (plan.enabled, plan.addresses, plan.quiet_hours) == (False, ["team@example.com"], {})


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"addresses": ""}, "Say whom to tell"),
        ({"addresses": "", "all_agents": "on"}, "No support agent has an e-mail address yet"),
        ({"addresses": "team at example.com"}, "“team at example.com” is not an e-mail address"),
        ({"addresses": "\n".join(f"a{n}@example.com" for n in range(MAX_ADDRESSES + 1))}, "the limit is 20"),
        ({"after_seconds": str(LONGEST_WAIT_SECONDS + 1)}, "less than or equal to 3600"),
        ({"after_seconds": "-1"}, "greater than or equal to 0"),
        ({"pause_minutes": "0"}, "greater than or equal to 1"),
        ({"pause_minutes": str(LONGEST_PAUSE_MINUTES + 1)}, "less than or equal to 1440"),
        ({"quiet_hours_tue": "at night"}, "Tuesday: “at night” is no time span."),
    ],
    ids=lambda value: value[:20] if isinstance(value, str) else "",
)
def test_a_mistake_is_named(rita, inbox, fields, problem):
    answer = rita.post(page(inbox), FORM | fields)
    assert problem in answer.content.decode()
    assert NotificationPlan.objects.count() == 0


@pytest.mark.parametrize(
    "fields",
    [
        {"after_seconds": "0", "pause_minutes": "1"},
        {"after_seconds": str(LONGEST_WAIT_SECONDS), "pause_minutes": str(LONGEST_PAUSE_MINUTES)},
        {"addresses": "\n".join(f"a{n}@example.com" for n in range(MAX_ADDRESSES))},
    ],
    ids=["least", "most", "addresses"],
)
def test_the_limits_themselves_are_fine(rita, inbox, fields):
    assert rita.post(page(inbox), FORM | fields).status_code == 302
    assert NotificationPlan.objects.count() == 1


def test_a_test_e_mail(rita, inbox, mailserver):
    rita.post(page(inbox), FORM)
    shown = rita.post(f"{LIST}{inbox.pk}/test/", follow=True).content.decode()
    assert "The mail server took it, for 1 address." in shown
    [mail] = mailserver.received
    assert (mail.recipients, mail.subject) == (["team@example.com"], "A test from Acme")
    mailserver.refusal = "554 5.7.1 <b>No</b>"
    shown = rita.post(f"{LIST}{inbox.pk}/test/", follow=True).content.decode()
    assert "It was not sent. The mail server answered 554: 5.7.1 &lt;b&gt;No&lt;/b&gt;" in shown
    assert Notification.objects.count() == 0


def test_what_cannot_be_sent_is_seen(rita, plan, waits, work, mailserver):
    """Red when the home page, the list or the inbox's page leaves it out."""
    waits(4)
    mailserver.refusal = "451 4.3.0 Later"
    work()
    assert 'data-testid="home-late"' in rita.get("/admin/").content.decode()
    assert "Cannot be sent" in rita.get(LIST).content.decode()
    assert "451: 4.3.0 Later" in rita.get(page(plan.inbox)).content.decode()
    mailserver.refusal = ""
    work(again=True)
    assert 'data-testid="home-late"' not in rita.get("/admin/").content.decode()
    shown = rita.get(page(plan.inbox)).content.decode()
    assert 'data-testid="late"' not in shown
    assert "Sent" in shown


HOME, PARTLY = "/admin/", "Does not reach everybody"


def test_who_was_refused_is_seen_until_that_is_mended(rita, plan, waits, work, mailserver):
    """Red when the home page, the list or the inbox's page leaves it out, or does not look at whom the plan names now."""
    NotificationPlan.objects.update(addresses=["ann@example.com", "gone@example.com"])
    mailserver.answers = {"gone@example.com": "550 5.1.1 <b>No</b> such mailbox"}
    waits(4)
    work()
    shown = rita.get(page(plan.inbox)).content.decode()
    said = "The mail server answered 550: 5.1.1 &lt;b&gt;No&lt;/b&gt; such mailbox"
    assert f"<strong>gone@example.com</strong>: {said}" in shown
    assert f"gone@example.com: {said}</td>" in shown
    assert "ann@example.com</strong>" not in shown
    assert 'data-testid="home-undelivered"' in rita.get(HOME).content.decode()
    assert PARTLY in rita.get(LIST).content.decode()
    NotificationPlan.objects.update(addresses=["ann@example.com"])
    assert 'data-testid="refusing"' not in rita.get(page(plan.inbox)).content.decode()
    assert 'data-testid="home-undelivered"' not in rita.get(HOME).content.decode()
    assert PARTLY not in rita.get(LIST).content.decode()


def test_a_later_e_mail_that_reaches_everybody_ends_it(rita, plan, waits, work, mailserver):
    """Red when `refusing` looks at another than the last that is over."""
    mailserver.answers = {"team@example.com": "550 5.1.1 No such mailbox"}
    waits(4)
    work()
    assert 'data-testid="home-undelivered"' in rita.get(HOME).content.decode()
    mailserver.answers = {}
    plan.inbox.notifications.update(finished_at=minutes_ago(60))
    waits(2)
    work()
    assert 'data-testid="home-undelivered"' not in rita.get(HOME).content.decode()


def test_a_test_e_mail_that_is_refused_by_some(rita, plan, mailserver):
    """Red when what is said to one address is kept from who tries it."""
    NotificationPlan.objects.update(addresses=["ann@example.com", "gone@example.com"])
    mailserver.answers = {"gone@example.com": "550 5.1.1 No such mailbox"}
    shown = rita.post(f"{LIST}{plan.pk}/test/", follow=True).content.decode()
    assert "The mail server took it, for 1 address." in shown
    assert "Not for gone@example.com. The mail server answered 550: 5.1.1 No such mailbox" in shown


def test_human_agents_read_and_administrators_write(inbox):
    """Red when the test button asks for no permission."""
    alice, ed = browser("alice"), browser("ed")
    shown = alice.get(page(inbox))
    assert shown.status_code == 200
    assert b'data-testid="send-test"' not in shown.content
    assert alice.post(page(inbox), FORM).status_code == 403
    assert alice.post(f"{LIST}{inbox.pk}/test/").status_code == 403
    for path in (LIST, page(inbox)):
        assert ed.get(path).status_code == 403
    assert NotificationPlan.objects.count() == 0


def test_what_is_not_there(rita, inbox):
    assert rita.get(f"{LIST}{staff('rita').pk}/change/").status_code in {302, 404}
    assert rita.get(f"{LIST}{inbox.pk}/test/").status_code == 405
    assert rita.get(f"{LIST}add/").status_code == 403
    gone = f"{LIST}{inbox.pk}/test/"
    inbox.delete()
    assert rita.post(gone).status_code == 404
