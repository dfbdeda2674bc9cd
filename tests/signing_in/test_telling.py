"""Whoever's second factor changes gets to know it by e-mail, and nothing that keeps the e-mail keeps the change."""

import re
from datetime import timedelta
from io import StringIO

import pytest
from allauth.mfa.models import Authenticator
from django.core.management import call_command
from django.db import transaction
from django.db.models.functions import Now
from django.urls import reverse

from config.celery import app
from support.models import FactorNotice
from support.notifications.limits import MAX_ATTEMPTS
from support.notifications.sending import hand_over
from support.second_factor import changes, tasks, telling
from tests.fakes.mailserver import MailServer
from tests.notifications.conftest import use
from tests.signing_in.cast import OWN, SECRET, code, first_step, last, member, signed_in, with_app
from tests.signing_in.test_own_pages import key_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def mailserver(settings):
    """Where e-mails go to: Django's own backend, over a socket."""
    with MailServer() as server:
        use(settings, server.port)
        yield server


@pytest.fixture
def bob():
    return member("bob", email="bob@example.com")


def work(*, again=False):
    """What the worker does; `again`: also what waits for its next attempt."""
    if again:
        FactorNotice.objects.update(next_at=Now() - timedelta(seconds=1))
    for pk in list(telling.due().order_by("pk").values_list("pk", flat=True)):
        tasks.tell(pk)


def said(mailserver):
    """The first line of each e-mail, in the order they came."""
    work()
    return [mail.text().splitlines()[0] for mail in mailserver.received]


def test_each_change_is_told(client, mailserver, bob):
    """By the owner's own pages. Red when one of the changes does not call owe."""
    with_app(bob)
    signed_in(client, "bob")
    client.post(f"{OWN}codes/")
    changes.add_key(bob, "Blue", {}, is_first=False)
    for kind in ("webauthn", "totp"):
        client.post(f"{OWN}remove/{Authenticator.objects.get(type=kind).pk}/")
    assert said(mailserver) == [
        "An authenticator app was added to your account.",
        "Your account has new recovery codes. The old ones do not work any more.",
        "A security key was added to your account.",
        "A security key was removed from your account.",
        "The authenticator app was removed from your account.",
    ]
    assert not FactorNotice.objects.exists()


@pytest.mark.parametrize("way", ["page", "command"])
def test_a_reset_is_told(client, mailserver, bob, way):
    """Whoever did it. Red when reset does not call owe, or tells of nothing that went."""
    with_app(bob)
    FactorNotice.objects.all().delete()
    if way == "page":
        member("rita", is_superuser=True)
        first_step(client, "rita")
        client.post(reverse("admin:auth_user_second_factor", args=[bob.pk]))
    else:
        call_command("reset_second_factor", "bob", stdout=StringIO())
    assert last("staff.factors_reset").object_id == str(bob.pk)
    wanted = ["An administrator has removed all second factors and recovery codes of your account."]
    assert said(mailserver) == wanted
    changes.reset(bob)
    assert said(mailserver) == wanted, "there was nothing to reset"


def test_the_letter(mailserver, bob):
    """Plain text to its owner alone, without a secret. Red when the secret, a code or a foreign address gets into it."""
    recovery = with_app(bob)
    work()
    [mail] = mailserver.received
    assert mail.recipients == ["bob@example.com"]
    assert mail.message["To"] == "bob@example.com"
    assert mail.subject == "The second factor of your account has changed"
    assert mail.message["Auto-Submitted"] == "auto-generated"
    assert [part.get_content_type() for part in mail.message.walk()] == ["text/plain"]
    text = mail.text()
    assert "Account: bob, at https://support.example.com/admin/" in text
    assert re.search(r"When: \d+ \w+ \d{4}, \d\d:\d\d UTC", text)
    assert "https://support.example.com/admin/password_change/" in text
    assert not [secret for secret in (SECRET, code(), code(steps=-1), *recovery) if secret in text]


def test_without_an_address_nobody_is_told(bob):
    """Red when owe notes what can never be sent."""
    bob.email = ""
    with_app(bob)
    assert not FactorNotice.objects.exists()


def test_renaming_is_not_told(bob):
    """Nothing opens by it."""
    changes.rename_key(bob, key_of(bob), "Red")
    assert not FactorNotice.objects.exists()


def test_a_mail_server_that_is_away_keeps_nobody_from_a_change(client, settings, bob, unused_tcp_port):
    """It is tried again until it is there. Red when a failed attempt is the last one, or is due again at once."""
    use(settings, unused_tcp_port)
    first_step(client, "bob")
    with_app(bob)
    assert Authenticator.objects.filter(user=bob, type="totp").exists()
    work()
    row = FactorNotice.objects.get()
    assert row.attempts == 1
    assert 25 < (row.next_at - row.at).total_seconds() < 40
    with MailServer(unused_tcp_port) as server:
        assert said(server) == []
        work(again=True)
        assert len(said(server)) == 1
    assert not FactorNotice.objects.exists()


@pytest.mark.parametrize(("refusal", "is_kept"), [("451 4.3.0 Later", True), ("554 5.7.1 Not from you", False)])
def test_a_refusal_is_final_or_not(mailserver, bob, refusal, is_kept):
    """Red when `permanent` is not looked at."""
    with_app(bob)
    mailserver.refusal = refusal
    work()
    assert telling.due().exists() is False, "a moment later"
    FactorNotice.objects.update(next_at=Now() - timedelta(seconds=1))
    assert telling.due().exists() == is_kept


def test_it_is_given_up_after_so_many_attempts(mailserver, bob):
    """Red when MAX_ATTEMPTS is not looked at, or one too early."""
    with_app(bob)
    mailserver.refusal = "451 4.3.0 Later"
    FactorNotice.objects.update(attempts=MAX_ATTEMPTS - 2)
    work()
    assert FactorNotice.objects.get().attempts == MAX_ATTEMPTS - 1
    work(again=True)
    assert FactorNotice.objects.get().given_up_at
    mailserver.refusal = ""
    work(again=True)
    assert mailserver.received == []


def test_what_kills_its_worker_is_not_tried_for_ever(mailserver, bob):
    """Red when deliver does not look at the attempts before it sends."""
    with_app(bob)
    FactorNotice.objects.update(attempts=MAX_ATTEMPTS)
    work()
    assert mailserver.received == []
    assert FactorNotice.objects.get().error == "The worker died in every attempt."


def test_what_a_worker_sends_no_other_one_does(mailserver, bob, monkeypatch):
    """Until its lease is over: then it has died. Red when deliver does not move next_at before it sends."""
    with_app(bob)
    pk = FactorNotice.objects.get().pk

    def meanwhile(letter):
        telling.deliver(pk)  # another worker
        hand_over(letter)

    monkeypatch.setattr("support.second_factor.telling.hand_over", meanwhile)
    telling.deliver(pk)
    assert len(mailserver.received) == 1


@pytest.mark.django_db(transaction=True)
def test_the_worker_is_asked_after_the_commit_alone(bob):
    """Red when owe asks at once, or not at all."""

    def asked():
        with app.connection_for_write() as connection:
            queue = connection.default_channel.client
            found = queue.lrange("webhooks", 0, -1)
            queue.delete("webhooks")
        return sum(b"support.second_factor.tasks.tell" in task for task in found)

    asked()
    with transaction.atomic():
        with_app(bob)
        transaction.set_rollback(True)
    assert (asked(), FactorNotice.objects.count()) == (0, 0)
    with_app(bob)
    assert (asked(), FactorNotice.objects.count()) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_away_keeps_nobody_from_a_change(bob, monkeypatch):
    """What is owed stays, and is swept. Red when _ask_for lets the error pass."""

    def away(*_):
        raise ConnectionError

    with monkeypatch.context() as patched:
        patched.setattr(tasks.tell, "delay", away)
        with_app(bob)
    assert Authenticator.objects.filter(user=bob, type="totp").exists()
    asked: list[int] = []
    monkeypatch.setattr(tasks.tell, "delay", asked.append)
    tasks.sweep()
    assert asked == [FactorNotice.objects.get().pk]
