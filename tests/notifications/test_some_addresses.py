"""The mail server takes an e-mail for some of the addresses: those have it once, the others get it when they can."""

import pytest

from support import actions
from support.models import Notification, NotificationPlan
from support.notifications import limits, sending
from support.notifications.limits import MAX_ATTEMPTS
from tests.fakes.mailserver import NO_SUCH_MAILBOX
from tests.notifications.conftest import minutes_ago
from tests.support.conversations import new_human_agent

pytestmark = pytest.mark.django_db
ANN, BEA, CLEO = (f"{name}@example.com" for name in ("ann", "bea", "cleo"))
LATER = "451 4.2.0 Come back later"


@pytest.fixture(autouse=True)
def three(plan):
    """The inbox tells three addresses."""
    NotificationPlan.objects.update(addresses=[ANN, BEA, CLEO])


def only() -> Notification:
    return Notification.objects.get()


def told(mailserver):
    """Who has got an e-mail, in the order they came."""
    return [address for mail in mailserver.received for address in mail.recipients]


def test_one_takes_it_one_refuses_it_one_puts_it_off(mailserver, waits, work):
    """Red when who has it is owed it still, when who refused it is, or when who put it off is not."""
    mailserver.answers = {BEA: NO_SUCH_MAILBOX, CLEO: LATER}
    waits(4)
    work()
    row = only()
    assert (row.state, told(mailserver), row.owed) == ("sent", [ANN], [CLEO])
    assert row.refused == {BEA: "The mail server answered 550: 5.1.1 No such mailbox"}
    assert (row.error, row.attempts) == ("The mail server answered 451: 4.2.0 Come back later", 1)
    work()
    assert told(mailserver) == [ANN], "not before its time"
    mailserver.answers = {}
    work(again=True)
    work(again=True)
    row = only()
    assert (told(mailserver), row.owed, row.error, row.attempts) == ([ANN, CLEO], [], "", 2)
    assert list(row.refused) == [BEA]
    assert mailserver.received[0].message["Message-ID"] == mailserver.received[1].message["Message-ID"]


def test_nobody_takes_it_at_first(mailserver, waits, work):
    """Red when a refused address is tried again with those that put it off."""
    mailserver.answers = {ANN: LATER, BEA: NO_SUCH_MAILBOX, CLEO: LATER}
    waits(4)
    work()
    assert (only().state, only().owed) == ("pending", [ANN, CLEO])
    mailserver.answers = {}
    work(again=True)
    assert (only().state, told(mailserver), list(only().refused)) == ("sent", [ANN, CLEO], [BEA])


def test_who_comes_meanwhile_is_told_of_to_everybody(mailserver, plan, waits, work):
    """Red when an e-mail that somebody has can be joined by others: who has it would never hear of them."""
    mailserver.answers = {BEA: LATER, CLEO: LATER}
    waits(4)
    work()
    waits(2)
    mailserver.answers = {}
    plan.inbox.notifications.update(finished_at=minutes_ago(60))
    work()
    work(again=True)
    subjects = [(mail.recipients[0], mail.subject) for mail in mailserver.received]
    first, second = "1 person waits in Acme: 4 minutes", "1 person waits in Acme: 2 minutes"
    assert subjects == [(ANN, first), *[(who, second) for who in (ANN, BEA, CLEO)], (BEA, first), (CLEO, first)]


@pytest.mark.parametrize("change", ["claimed", "address removed"])
def test_nothing_is_owed_for_ever(mailserver, waits, work, change):
    """Red when `_take_rest` does not look at who waits still, or at whom the plan names."""
    mailserver.answers = {BEA: LATER, CLEO: LATER}
    place = waits(4)
    work()
    if change == "claimed":
        actions.claim(place.conversation, new_human_agent())
    else:
        NotificationPlan.objects.update(addresses=[ANN])
    mailserver.answers = {}
    work(again=True)
    assert (told(mailserver), only().state, only().owed) == ([ANN], "sent", [])


def test_it_is_given_up_with_the_last_words(mailserver, waits, work):
    """Red when what is owed after the last attempt is not shown as refused, or is tried once more."""
    mailserver.answers = {CLEO: LATER}
    waits(4)
    work()
    Notification.objects.update(attempts=MAX_ATTEMPTS - 1)
    work(again=True)
    row = only()
    assert (row.state, row.owed, row.attempts) == ("sent", [], MAX_ATTEMPTS)
    assert row.refused == {CLEO: "The mail server answered 451: 4.2.0 Come back later"}
    mailserver.answers = {}
    work(again=True)
    assert told(mailserver) == [ANN, BEA]


def test_a_connection_that_breaks_in_the_middle(mailserver, waits, work):
    """Red when who was not asked is not owed it."""
    mailserver.answers = {BEA: "421 4.7.0 Too much"}
    waits(4)
    work()
    assert (told(mailserver), only().owed) == ([ANN], [BEA, CLEO])
    mailserver.answers = {}
    work(again=True)
    assert told(mailserver) == [ANN, BEA, CLEO]


def test_a_sender_that_is_refused_is_refused_for_all(mailserver, waits, work):
    """Red when the other addresses are tried with it."""
    mailserver.sender_answer = "553 5.1.8 Not yours"
    waits(4)
    work()
    assert (only().state, list(only().refused)) == ("failed", [ANN, BEA, CLEO])
    assert mailserver.senders == 1


def test_a_worker_that_dies_in_the_middle(mailserver, waits, work, monkeypatch):
    """Red when it is noted at the end alone who has it."""
    hand_over = sending.hand_over

    def once(letter):
        if mailserver.received:
            raise SystemExit
        hand_over(letter)

    waits(4)
    with monkeypatch.context() as patched, pytest.raises(SystemExit):
        patched.setattr(sending, "hand_over", once)
        work()
    assert (only().state, only().owed) == ("sent", [BEA, CLEO])
    work(again=True)
    assert told(mailserver) == [ANN, BEA, CLEO]


def test_a_worker_that_is_overtaken_stops(mailserver, plan, waits, work, monkeypatch):
    """It took longer than its lease. Red when `lost` is not looked at, or an attempt writes into another's."""
    hand_over = sending.hand_over

    def slowly(letter):
        monkeypatch.setattr(sending, "hand_over", hand_over)
        work(again=True)
        hand_over(letter)

    waits(4)
    monkeypatch.setattr(sending, "hand_over", slowly)
    work()
    assert told(mailserver) == [ANN, BEA, CLEO, ANN]
    assert (only().state, only().owed, only().attempts) == ("sent", [], 2)


def test_a_slow_server_ends_an_attempt_not_the_rest(mailserver, waits, work, monkeypatch):
    """Its lease would run out. Red when SENDING_SECONDS is not looked at, or the rest has to wait for a retry's time."""
    monkeypatch.setattr(limits, "SENDING_SECONDS", 0)
    waits(4)
    for count in (1, 2, 3):
        work()
        assert len(mailserver.received) == count
    assert (told(mailserver), only().attempts, only().owed, only().error) == ([ANN, BEA, CLEO], 3, [], "")
