"""Who could not be told that their second factors changed: administrators see it, send it again, or tell them in another way."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now

from support.models import FactorNotice
from support.notifications.limits import KEPT_DAYS
from support.second_factor import tasks
from tests.fakes.mailserver import NO_SUCH_MAILBOX, MailServer
from tests.notifications.conftest import use
from tests.signing_in.cast import last, member, with_app
from tests.signing_in.test_telling import work
from tests.support.console_cast import browser

pytestmark = pytest.mark.django_db
LIST = "/admin/support/notificationplan/"


@pytest.fixture
def mailserver(settings):
    """One that does not know Bob."""
    with MailServer() as server:
        use(settings, server.port)
        server.answers = {"bob@example.com": NO_SUCH_MAILBOX}
        yield server


@pytest.fixture
def row(mailserver):
    """The e-mail to Bob that was given up."""
    with_app(member("bob", email="bob@example.com"))
    work()
    return FactorNotice.objects.get()


def pages(client):
    """The home page and the notifications."""
    return [client.get(path).content.decode() for path in ("/admin/", LIST)]


def press(client, row, do):
    return client.post(f"{LIST}second-factors/{row.pk}/", {"do": do})


def test_administrators_see_it(row):
    """With the server's words. Red when it is deleted, or a page leaves it out."""
    home, listed = pages(browser("rita"))
    assert 'data-testid="home-undelivered"' in home
    assert "An authenticator app was added to your account." in listed
    assert "The mail server answered 550: 5.1.1 No such mailbox" in listed
    assert "bob@example.com" in listed


def test_nobody_else_does(row):
    """Red when `rows` or `view` does not ask who it is."""
    alice = browser("alice")
    home, listed = pages(alice)
    assert ("home-undelivered" in home, 'data-testid="undelivered"' in listed) == (False, False)
    assert [press(alice, row, do).status_code for do in ("again", "settle")] == [403, 403]
    assert FactorNotice.objects.get().given_up_at == row.given_up_at


def test_it_is_sent_again_once_the_address_is_mended(row, mailserver):
    """Red when send_again leaves one of the fields."""
    FactorNotice.objects.update(attempts=30)
    mailserver.answers = {}
    rita = browser("rita")
    assert press(rita, row, "again").status_code == 302
    assert press(rita, row, "again").status_code == 404
    work()
    assert mailserver.mail_to("bob@example.com").text().startswith("An authenticator app was added")
    assert 'data-testid="undelivered"' not in rita.get(LIST).content.decode()


def test_it_is_taken_care_of_in_another_way(row):
    """That is in the audit trail. Red when settle writes no entry, or leaves the row."""
    rita = browser("rita")
    assert press(rita, row, "settle").status_code == 302
    assert last("staff.factor_notice_settled").object_id == str(row.user_id)
    assert press(rita, row, "settle").status_code == 404
    assert not FactorNotice.objects.exists()


@pytest.mark.parametrize("do", ["", "delete"])
def test_nothing_else_can_be_done(row, do):
    assert press(browser("rita"), row, do).status_code == 404
    assert browser("rita").get(f"{LIST}second-factors/{row.pk}/").status_code == 405
    assert FactorNotice.objects.exists()


def test_what_is_tried_again_by_itself_offers_nothing(mailserver):
    """Red when send_again or settle takes one that is under way."""
    mailserver.answers = {"bob@example.com": "451 4.2.0 Later"}
    with_app(member("bob", email="bob@example.com"))
    work()
    rita, pending = browser("rita"), FactorNotice.objects.get()
    assert "It is tried again by itself, after 1 attempt." in rita.get(LIST).content.decode()
    assert [press(rita, pending, do).status_code for do in ("again", "settle")] == [404, 404]


@pytest.mark.parametrize(("days", "is_kept"), [(KEPT_DAYS - 0.1, True), (KEPT_DAYS + 0.1, False)])
def test_it_is_forgotten_after_a_time(row, days, is_kept):
    """Red when clean_up takes what is younger, or what was not given up."""
    FactorNotice.objects.update(given_up_at=Now() - timedelta(days=days))
    with_app(member("ann", email="ann@example.com"))
    FactorNotice.objects.filter(user__username="ann").update(at=Now() - timedelta(days=2 * KEPT_DAYS))
    tasks.clean_up()
    assert FactorNotice.objects.filter(user__username="ann").exists()
    assert FactorNotice.objects.filter(pk=row.pk).exists() == is_kept
