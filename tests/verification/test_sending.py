"""A code goes where the customer says, not too often, and nobody is told whether an address is known."""

import base64
import json
from datetime import timedelta

import pytest
from django.db.models.functions import Now

from config.common import redis
from config.common.errors import Conflict, Invalid, RateLimited, Unavailable
from config.common.ratelimit import Policy
from config.common.rates import Rate
from sessions_app import verified
from sessions_app.models import Customer
from support import queries
from support.models import Action, EmailChallenge
from support.verification import limits, sending, tasks
from tests.fakes.mailserver import NO_SUCH_MAILBOX
from tests.support.conversations import conversation, new_place
from tests.verification.conftest import CARLA, asked_of, code_in

pytestmark = pytest.mark.django_db


def view(asked) -> dict:
    """How the proof stands, as the customer sees it."""
    return queries.snapshot(asked.place.conversation)[0]["actions"][-1]["verification"]


def test_the_letter(asked, mailserver):
    """Red when anything of the conversation gets into it, or the code into the subject."""
    asked.is_sent()
    [mail] = mailserver.received
    assert mail.recipients == [CARLA]
    assert mail.subject == "Your code for Shop"
    for kind in ("plain", "html"):
        text = mail.text(kind)
        assert code_in(mailserver) in text
        assert "Shop" in text
        assert "refund" not in text
        assert "Looking up" not in text
    assert mail.message["Auto-Submitted"] == "auto-generated"


@pytest.mark.parametrize("locale", ["de-AT", "es", "fr", "xx"])
def test_its_languages(mailserver, locale):
    asked = asked_of(new_place(name="Laden <b>"))
    type(conversation(asked.place)).objects.update(locale=locale)
    asked.is_sent()
    [mail] = mailserver.received
    subject = {"de-AT": "Ihr Code für", "es": "Su código para", "fr": "Votre code pour", "xx": "Your code for"}[locale]
    assert str(mail.message["Subject"]).startswith("=?") or mail.subject.startswith(subject)
    assert "<b>" not in mail.text("html")


def test_only_a_keyed_hash_is_kept(asked, mailserver, settings):
    """Red when the code is kept, or its digest needs no key."""
    asked.is_sent()
    row = asked.challenge
    code = code_in(mailserver)
    assert code not in json.dumps([row.digest, row.address, row.number])
    settings.SECRET_KEY = "another-key-that-is-as-long-as-it-has-to-be"
    with pytest.raises(Invalid):
        asked.say(code=code)


def test_what_the_card_knows(asked, mailserver):
    nothing = {"address": "", "fixed": False, "sent": False, "failed": False, "resend_at": None, "expires_at": None}
    assert view(asked) == nothing
    asked.is_sent()
    shown = view(asked)
    assert (shown["address"], shown["sent"]) == ("c•••@example.com", True)
    assert CARLA not in json.dumps(queries.snapshot(asked.place.conversation)[0])


def test_an_address_is_needed_and_must_be_one(asked):
    for email in ("", "carla", "carla@example.com\nBcc: eve@example.com"):
        with pytest.raises(Invalid):
            asked.say(email=email)
    with pytest.raises(Invalid, match="not both"):
        asked.say(email=CARLA, code="123456")
    assert asked.challenge.number == 0


def test_what_they_wrote_before_is_offered_masked(mailserver):
    asked = asked_of(new_place(), facts={"email": "Carla@Example.com"})
    assert view(asked) | {"address": "c•••@example.com", "fixed": False, "sent": False} == view(asked)
    asked.is_sent("")
    assert mailserver.received[0].recipients == [CARLA]
    assert view(asked_of(new_place(), facts={"email": "carla@localhost.1"}))["address"] == ""


def test_the_answer_is_the_same_whoever_is_known(mailserver):
    """Red when anybody looks whether the address is a customer's."""
    known, unknown = asked_of(new_place()), asked_of(new_place())
    Customer.objects.filter(id=known.place.customer).update(email="other@example.com")
    Customer.objects.create(inbox_id=known.place.inbox, sub="carla", email=CARLA)
    views = []
    for one, address in ((known, CARLA), (unknown, "carlo@example.com")):
        one.is_sent(address)
        views.append({k: v for k, v in view(one).items() if not k.endswith("_at")})
    assert views[0] == views[1]
    assert len(mailserver.received) == 2


def test_the_company_names_the_address_and_no_other_will_do(mailserver):
    """Red when `_address` does not compare with the customer's own."""
    place = new_place()
    Customer.objects.filter(id=place.customer).update(sub="carla", email="Carla@example.com")
    asked = asked_of(place)
    assert view(asked) | {"address": "c•••@example.com", "fixed": True} == view(asked)
    with pytest.raises(Invalid, match="of your account"):
        asked.say(email="eve@example.com")
    asked.is_sent("")
    assert mailserver.received[0].recipients == [CARLA]
    asked.say(code=code_in(mailserver))
    assert verified.of(place.customer).address == CARLA


def test_another_code_after_a_minute(asked, mailserver):
    """Red when `_refuse_too_early` looks at no time, or the older code stays good."""
    asked.is_sent()
    first = code_in(mailserver)
    EmailChallenge.objects.update(sent_at=Now() - timedelta(seconds=58))
    with pytest.raises(RateLimited, match="a moment ago") as refused:
        asked.say()
    assert 0 < refused.value.extra["retry_after"] <= 2
    EmailChallenge.objects.update(sent_at=Now() - timedelta(seconds=60))
    asked.is_sent("")
    assert [mail.recipients for mail in mailserver.received] == [[CARLA], [CARLA]]
    with pytest.raises(Invalid):
        asked.say(code=first)
    asked.say(code=code_in(mailserver))
    assert verified.of(asked.place.customer)


def test_another_address_at_once(asked, mailserver):
    asked.is_sent("carlo@example.com")
    wrong = code_in(mailserver)
    asked.is_sent()
    assert view(asked)["address"] == "c•••@example.com"
    with pytest.raises(Invalid):
        asked.say(code=wrong)
    asked.say(code=code_in(mailserver))
    assert verified.of(asked.place.customer).address == CARLA


def test_five_codes_in_a_conversation(asked, mailserver):
    """Red when CONVERSATION is not counted."""
    for number in range(5):
        asked.say(email=f"carla{number}@example.com", client=f"192.0.2.{number}")
    with pytest.raises(RateLimited, match="Too many"):
        asked.say(email="carla5@example.com", client="192.0.2.99")
    assert asked.challenge.number == 5


def test_ten_codes_to_a_mailbox():
    """Red when MAILBOX is not counted, or counts spellings apart."""
    for number in range(10):
        asked_of(new_place()).say(email="Carla@Example.com", client=f"192.0.2.{number}")
    with pytest.raises(RateLimited, match="Too many"):
        asked_of(new_place()).say(email=CARLA, client="192.0.2.99")
    asked_of(new_place()).say(email="bob@example.com", client="192.0.2.99")
    kept = [key.decode() for key in redis.client().scan_iter("rl:codes.*")]
    assert len(kept) > 10
    assert "carla" not in str(kept).lower()


def test_codes_from_one_client(monkeypatch):
    """Red when CLIENT is not counted, or an IPv6 client counts by its address alone."""
    monkeypatch.setattr(limits, "CLIENT", Policy("codes.client", Rate(2, 3600), fail_open=False))
    for number in range(2):
        asked_of(new_place()).say(email=f"carla{number}@example.com", client=f"2001:db8::{number}")
    with pytest.raises(RateLimited):
        asked_of(new_place()).say(email="carla2@example.com", client="2001:db8::9")
    asked_of(new_place()).say(email="carla2@example.com", client="2001:db8:1::9")


def test_while_redis_is_away_none_is_sent_and_one_that_came_works(asked, mailserver, away_after):
    """Red when a policy fails open."""
    asked.is_sent()
    code = code_in(mailserver)
    with away_after():
        with pytest.raises(Unavailable, match="No code can be sent"):
            asked.say(email="carlo@example.com")
        asked.say(code=code)
    assert verified.of(asked.place.customer).address == CARLA


def test_without_a_mail_server_a_code_is_for_developers(asked, settings):
    """Red when codes are written into the logs of an installation that has forgotten its mail server."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    settings.DEVELOPMENT = False
    with pytest.raises(Unavailable, match="no mail server"):
        asked.say(email=CARLA)
    settings.DEVELOPMENT = True
    asked.say(email=CARLA)


def test_the_action_waits_for_as_long_as_its_code(asked):
    Action.objects.update(expires_at=Now() + timedelta(seconds=5))
    asked.say(email=CARLA)
    assert asked.action.expires_at == asked.challenge.expires_at
    Action.objects.update(expires_at=Now() - timedelta(seconds=1))
    with pytest.raises(Conflict, match="expired"):
        asked.say(email="carlo@example.com")


def test_a_code_that_nobody_waits_for_is_not_sent(asked, mailserver):
    """Red when `_wanted` does not look at the number: two tasks would send two codes."""
    asked.say(email=CARLA)
    asked.say(email="carlo@example.com")
    sending.deliver(asked.action.id, 1)
    assert mailserver.received == []
    sending.deliver(asked.action.id, 2)
    [mail] = mailserver.received
    assert mail.recipients == ["carlo@example.com"]


def test_what_the_mail_server_refuses_for_good(asked, mailserver, caplog):
    """Red when a refusal is logged in the server's words, or the card is not told."""
    mailserver.answers = {CARLA: NO_SUCH_MAILBOX}
    asked.say(email=CARLA)
    tasks.send_code(str(asked.action.id), 1)
    assert (view(asked)["sent"], view(asked)["failed"]) == (False, True)
    assert CARLA not in caplog.text
    mailserver.answers = {}
    asked.is_sent()
    assert (view(asked)["sent"], view(asked)["failed"]) == (True, False)


def test_what_it_refuses_for_now_is_tried_again(asked, mailserver):
    """Red when a first refusal is the last word."""
    mailserver.refusal = "451 later"
    asked.say(email=CARLA)
    assert [(task["headers"]["eta"], arguments) for task, arguments in queued()] == [(None, [str(asked.action.id), 1])]
    for attempt, _ in enumerate(limits.RETRY_SECONDS):
        redis.client().delete("webhooks")
        tasks.send_code(str(asked.action.id), 1, attempt)
        [(task, arguments)] = queued()
        assert task["headers"]["eta"]
        assert arguments == [str(asked.action.id), 1, attempt + 1]
    assert not view(asked)["failed"]
    redis.client().delete("webhooks")
    tasks.send_code(str(asked.action.id), 1, len(limits.RETRY_SECONDS))
    assert queued() == []
    assert view(asked)["failed"]


def queued() -> list[tuple[dict, list]]:
    """The tasks that wait for the worker, with their arguments."""
    tasks_ = [json.loads(raw) for raw in redis.client().lrange("webhooks", 0, -1)]
    return [(task, json.loads(base64.b64decode(task["body"]))[0]) for task in tasks_]
