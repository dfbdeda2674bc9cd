"""A code proves an address once, to the action and the customer it was made for, and is not to be guessed."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models.functions import Now

from config.common.errors import Conflict, DomainError, Invalid, NotFound
from sessions_app import verified
from sessions_app.models import Customer, VerifiedAddress
from support import actions, queries, tool_actions
from support.models import Action, Conversation, EmailChallenge, Message, Run
from support.verification import codes, sending
from support.verification.limits import MAX_TRIES
from tests.support.conversations import OWNER, active_run, new_human_agent, new_place
from tests.verification.conftest import CARLA, another, asked_of, code_in, codes_in, proven

pytestmark = pytest.mark.django_db


def test_the_right_code_proves_the_address_and_the_call_is_made(asked, mailserver):
    asked.is_sent()
    code = code_in(mailserver)
    change = asked.say(code=f" {code[:3]} {code[3:]} ")
    assert proven(asked.place) == verified.of(asked.place.customer).address == CARLA
    assert asked.action.state == "confirmed"
    assert (change.run.action_id, active_run(asked.place).action_id) == (asked.action.id, asked.action.id)
    assert not EmailChallenge.objects.exists()


def test_a_wrong_code_proves_nothing(asked, mailserver):
    """Red when `codes.fits` says yes to anything."""
    asked.is_sent()
    with pytest.raises(Invalid, match=r"not the code\. You can try 4 more times"):
        asked.say(code=another(code_in(mailserver)))
    assert proven(asked.place) == ""
    assert asked.action.state == "pending"


@pytest.mark.parametrize("text", ["12345", "1234567", "12345a", "١٢٣٤٥٦", "      "])
def test_what_can_be_no_code_costs_no_try(asked, mailserver, text):
    asked.is_sent()
    with pytest.raises(Invalid, match="6 digits"):
        asked.say(code=text)
    assert asked.challenge.tries == 0


def test_five_tries_and_no_more(asked, mailserver):
    """Red when tries are not counted, or the right code is taken after the last of them."""
    asked.is_sent()
    code = code_in(mailserver)
    for _ in range(MAX_TRIES):
        with pytest.raises(Invalid):
            asked.say(code=another(code))
    with pytest.raises(Conflict, match="new one"):
        asked.say(code=code)
    assert proven(asked.place) == ""


def test_the_fifth_try_may_be_right(asked, mailserver):
    asked.is_sent()
    code = code_in(mailserver)
    for _ in range(MAX_TRIES - 1):
        with pytest.raises(Invalid):
            asked.say(code=another(code))
    asked.say(code=code)
    assert proven(asked.place) == CARLA


@pytest.mark.django_db(transaction=True)
def test_thirty_guesses_at_once_are_five(asked, mailserver):
    """Red when `_try` does not lock the conversation: guesses that run at once would not see each other."""
    asked.is_sent()
    wrong = another(code_in(mailserver))

    def guess(_: int) -> str:
        try:
            asked.say(code=wrong)
        except DomainError as error:
            return error.code
        finally:
            connection.close()
        return "proven"

    with ThreadPoolExecutor(6) as pool:
        said = sorted(pool.map(guess, range(30)))
    assert said == ["conflict"] * (30 - MAX_TRIES) + ["invalid_frame"] * MAX_TRIES


def test_ten_minutes(asked, mailserver):
    """Red when `_refuse_unless_good` does not look at the time."""
    asked.is_sent()
    code = code_in(mailserver)
    assert asked.challenge.expires_at - asked.challenge.sent_at == timedelta(minutes=10)
    EmailChallenge.objects.update(expires_at=Now() - timedelta(seconds=1))
    with pytest.raises(Conflict, match="new one"):
        asked.say(code=code)
    EmailChallenge.objects.update(expires_at=Now() + timedelta(seconds=30))
    asked.say(code=code)
    assert proven(asked.place) == CARLA


def test_a_used_code_is_worth_nothing(asked, mailserver):
    """Red when `_try` does not look at the action's state."""
    asked.is_sent()
    code = code_in(mailserver)
    asked.say(code=code)
    Run.objects.update(state="finished")
    before = Run.objects.count()
    asked.say(code=code)
    assert Run.objects.count() == before
    VerifiedAddress.objects.all().delete()
    again = asked_of(asked.place)
    again.is_sent()
    with pytest.raises(Invalid):
        again.say(code=code)
    assert proven(asked.place) == ""


@pytest.mark.parametrize("field", ["action_id", "number", "customer_id", "address"])
def test_a_hash_is_of_all_that_a_code_is_for(field):
    """Red when `codes.digest` leaves one of them out."""
    made = {"action_id": uuid.uuid4(), "number": 1, "customer_id": uuid.uuid4(), "address": CARLA}
    other = {"action_id": uuid.uuid4(), "number": 2, "customer_id": uuid.uuid4(), "address": "eve@example.com"}
    known = codes.digest(EmailChallenge(**made), "123456")
    assert known == codes.digest(EmailChallenge(**made), "123456")
    assert known != codes.digest(EmailChallenge(**made | {field: other[field]}), "123456")


def test_another_sessions_code(asked, mailserver):
    """Red when `action_of_customer` does not look at the customer: a code would prove an address to somebody else's call."""
    eve = asked_of(new_place())
    asked.is_sent()
    eve.is_sent("eve@example.com")
    carlas, eves = codes_in(mailserver)
    EmailChallenge.objects.filter(action=asked.action).update(digest=eve.challenge.digest)
    with pytest.raises(Invalid):
        asked.say(code=eves)
    for word in ({"code": carlas}, {"email": CARLA}):
        with pytest.raises(NotFound):
            eve.say(asked.action, **word)
    assert (proven(asked.place), proven(eve.place)) == ("", "")


def test_a_conversation_that_became_anothers(asked, mailserver):
    """Red when nobody compares the customer: what a visitor proved would be the proof of who signed in."""
    asked.is_sent()
    code = code_in(mailserver)
    signed_in = Customer.objects.create(inbox_id=asked.place.inbox, sub="carla")
    conversation = Conversation.objects.get(id=asked.place.conversation)
    actions.adopt(actions.lock(conversation.id), signed_in)
    asked.caller = replace(asked.caller, session=replace(asked.caller.session, customer=signed_in.id))
    with pytest.raises(Conflict):
        asked.say(code=code)
    with pytest.raises(Conflict):
        asked.say(email="other@example.com")
    assert not VerifiedAddress.objects.exists()


def test_only_a_code_is_leave():
    """Red when `tool_actions.confirm` takes a yes for what waits for a proof."""
    waiting = asked_of(new_place(), "redirect_order", "write")
    with pytest.raises(Conflict, match="proven"):
        tool_actions.confirm(waiting.place.conversation, waiting.action.id, OWNER)
    human = new_human_agent()
    with pytest.raises(Conflict, match="customer"):
        tool_actions.confirm(waiting.place.conversation, waiting.action.id, OWNER, human)


@pytest.mark.parametrize(("risk", "by"), [("write", "customer"), ("approval", "human_agent")])
def test_what_writes_is_asked_for_after_the_proof(mailserver, risk, by):
    """Red when `_go_on` gives leave for a call that writes, or people are asked before the customer has proven anything."""
    waiting = asked_of(new_place(), "redirect_order", risk)
    waiting.is_sent()
    assert not queries.pending_approvals().exists()
    first = waiting.action
    change = waiting.say(code=code_in(mailserver))
    second = waiting.action
    assert change.run is None
    assert Action.objects.get(id=first.id).state == "done"
    assert (second.state, second.verifies, second.risk, second.arguments) == ("pending", False, risk, {"item": "tea"})
    said = Message.objects.filter(conversation=waiting.place.conversation).latest("seq")
    assert second.title in said.text
    [one, two] = change.view["actions"]
    assert (one["outcome"], two["outcome"], two["by"], two["verification"]) == ("confirmed", None, by, None)


def test_a_no_ends_it(asked, mailserver):
    asked.is_sent()
    code = code_in(mailserver)
    tool_actions.decline(asked.place.conversation, asked.action.id)
    with pytest.raises(Conflict):
        asked.say(code=code)
    with pytest.raises(Conflict):
        asked.say(email=CARLA)
    sending.deliver(asked.action.id, 1)
    assert len(mailserver.received) == 1


def test_people_take_over_and_no_code_works(asked, mailserver):
    asked.is_sent()
    actions.claim(asked.place.conversation, new_human_agent())
    with pytest.raises(Conflict):
        asked.say(code=code_in(mailserver))
    assert proven(asked.place) == ""
