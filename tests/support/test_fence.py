"""From the commit of a claim on, the AI adds nothing: barriers just before and just after the fence's check."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from agents.turn import Escalate, Reply, Usage
from config.common.errors import Conflict
from sessions_app.models import Customer
from support import actions, run_actions
from support.change import Fenced
from support.models import Run
from tests.support.conversations import OWNER, ask, conversation, new_human_agent, new_place, transcript

pytestmark = pytest.mark.django_db(transaction=True)

REPLY = Reply("Within 14 days.", (), "extractive", Usage())


def in_thread(pool, function, *arguments):
    def call():
        try:
            return function(*arguments)
        finally:
            connection.close()

    return pool.submit(call)


@pytest.fixture
def pool():
    with ThreadPoolExecutor(2) as threads:
        yield threads


@pytest.fixture
def barriers(monkeypatch):
    """Events around the fence: `before`/`after` are reached, `go_before`/`go_after` let it go on."""

    class Barriers:
        before, go_before, after, go_after = (threading.Event() for _ in range(4))

    original = run_actions._fence

    def fence(run_id, owner):
        Barriers.before.set()
        assert Barriers.go_before.wait(20)
        passed = original(run_id, owner)
        Barriers.after.set()
        assert Barriers.go_after.wait(20)
        return passed

    monkeypatch.setattr(run_actions, "_fence", fence)
    return Barriers


def roles_after_claim(place):
    """Who wrote after the claim."""
    rows = transcript(place)
    claimed = next(seq for seq, _, notice in rows if notice == "claimed")
    return [role for seq, role, _ in rows if seq > claimed]


def test_a_claim_just_before_the_check_wins(pool, barriers):
    """Red when run_actions._fence looks at neither the run's state nor the conversation's state and epoch."""
    place = new_place()
    run = ask(place).run
    answering = in_thread(pool, run_actions.answer, run.id, OWNER, REPLY, 1.0)
    assert barriers.before.wait(20)
    actions.claim(place.conversation, new_human_agent())
    barriers.go_before.set()
    barriers.go_after.set()
    with pytest.raises(Fenced):
        answering.result(20)
    assert roles_after_claim(place) == []


def test_a_claim_just_after_the_check_waits_for_the_reply(pool, barriers):
    """Red when rows.lock does without FOR UPDATE: the claim then commits in between."""
    place = new_place()
    run = ask(place).run
    barriers.go_before.set()
    answering = in_thread(pool, run_actions.answer, run.id, OWNER, REPLY, 1.0)
    assert barriers.after.wait(20)
    claiming = in_thread(pool, actions.claim, place.conversation, new_human_agent())
    with pytest.raises(TimeoutError):
        claiming.result(0.3)
    barriers.go_after.set()
    answering.result(20)
    claiming.result(20)
    assert [role for _, role, _ in transcript(place)] == ["customer", "assistant", "system"]
    assert roles_after_claim(place) == []


@pytest.mark.parametrize("act", ["answer", "escalate", "fail", "retry"])
def test_nothing_a_run_can_do_passes_a_claim(act):
    place = new_place()
    run = ask(place).run
    actions.claim(place.conversation, new_human_agent())
    before = transcript(place)
    calls = {
        "answer": lambda: run_actions.answer(run.id, OWNER, REPLY, 1.0),
        "escalate": lambda: run_actions.escalate(run.id, OWNER, Escalate("customer_request")),
        "fail": lambda: run_actions.fail(run.id, OWNER),
        "retry": lambda: run_actions.retry(run.id, OWNER, extractive=True),
    }
    with pytest.raises(Fenced):
        calls[act]()
    assert transcript(place) == before


def test_a_run_from_before_a_claim_stays_silent_after_the_release():
    """The epoch, not the state, tells: after a release the conversation is the agent's again, but not this run's."""
    place = new_place()
    run = ask(place).run
    actions.claim(place.conversation, new_human_agent())
    actions.release(place.conversation, OWNER)
    Run.objects.filter(conversation=place.conversation, state="active").update(state="cancelled")
    Run.objects.filter(id=run.id).update(state="active")
    with pytest.raises(Fenced):
        run_actions.answer(run.id, OWNER, REPLY, 1.0)


def test_a_run_that_was_taken_over_is_fenced():
    place = new_place()
    run = ask(place).run
    with pytest.raises(Fenced):
        run_actions.answer(run.id, "another-process", REPLY, 1.0)


def test_an_abandoned_run_is_not_reclaimed_after_a_claim():
    place = new_place()
    run = ask(place).run
    actions.claim(place.conversation, new_human_agent())
    assert run_actions.reclaim(run.id, "another-process") is None
    assert conversation(place).state == "human"


def test_one_of_two_claims_wins(pool):
    place = new_place()
    ask(place)
    first, second = new_human_agent(), new_human_agent()
    outcomes = [
        in_thread(pool, actions.claim, place.conversation, first),
        in_thread(pool, actions.claim, place.conversation, second),
    ]
    errors = [future.exception(20) for future in outcomes]
    assert sorted(error is None for error in errors) == [False, True]
    assert sum(notice == "claimed" for _, _, notice in transcript(place)) == 1


def test_who_had_to_wait_sees_what_was_committed_meanwhile(pool):
    """The loser of two claims is told who won. Red when rows.lock joins the assignee."""
    place = new_place()
    ask(place)
    with transaction.atomic():
        actions.claim(place.conversation, new_human_agent(first_name="Ada"))
        losing = in_thread(pool, actions.claim, place.conversation, new_human_agent())
        with pytest.raises(TimeoutError):
            losing.result(0.3)
    with pytest.raises(Conflict) as told:
        losing.result(20)
    assert told.value.extra["assignee"]["name"] == "Ada"


def test_a_conversation_that_changes_hands_meanwhile_is_still_there(pool):
    """Red when rows.lock joins the customer: the join then finds nothing."""
    place = new_place()
    ask(place)
    with transaction.atomic():
        customer = Customer.objects.create(inbox_id=place.inbox, sub="user-1")
        actions.adopt(actions.lock(place.conversation), customer)
        claiming = in_thread(pool, actions.claim, place.conversation, new_human_agent())
        with pytest.raises(TimeoutError):
            claiming.result(0.3)
    assert claiming.result(20).conversation.customer == customer
