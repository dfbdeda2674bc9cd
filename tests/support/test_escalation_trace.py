"""Which policy a turn is judged by, and that the reason is written with what it led to."""

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agents.escalation.rules import Action, Decision, Rule, Trigger
from agents.models import ToolCall
from agents.turn import Escalate, Reply, Usage
from sessions_app.models import Customer
from support import actions, context, queries, run_actions
from support.admin import panel
from support.change import Fenced
from support.escalation import policies
from support.models import Escalation, EscalationPolicy, Run
from tests.support.conversations import OWNER, ask, conversation, new_human_agent, new_place, transcript
from tests.support.escalating import ANGER, OFF_TOPIC, REFUND, TWICE, enforce

pytestmark = pytest.mark.django_db


def decided(rule=REFUND, version=3) -> Decision:
    return Decision(version, 2, rule, {"keyword": "refund"})


def test_a_hand_over_is_written_with_its_rule_notice_and_summary():
    """Red when `hand_off` writes no trace."""
    place = new_place()
    run = ask(place).run
    run_actions.escalate(run.id, OWNER, Escalate("unsupported_request", decided=decided()))
    row = Escalation.objects.get()
    assert (row.origin, row.action, row.reason, row.rule) == ("rule", "escalate", "unsupported_request", "Refunds")
    assert (row.version, row.position, row.trigger, row.values) == (3, 2, "keywords", {"keyword": "refund"})
    assert (row.run_id, row.seq, row.conversation_id) == (run.id, 1, place.conversation)
    assert transcript(place)[-1][2] == "queued"
    assert conversation(place).escalation_note.startswith("Asked first")
    assert queries.waiting(new_human_agent())[0]["escalation_rule"] == "Refunds"
    shown = panel.details(queries.related().get(), new_human_agent())["escalations"]
    assert [(one["rule"], one["run"]) for one in shown] == [("Refunds", str(run.id))]


def test_a_fenced_run_leaves_no_trace():
    place = new_place()
    run = ask(place).run
    actions.claim(place.conversation, new_human_agent())
    with pytest.raises(Fenced):
        run_actions.escalate(run.id, OWNER, Escalate("loop", decided=decided()))
    assert not Escalation.objects.exists()


def test_outside_hours_it_stays_with_the_agent_and_says_why():
    """Red when `hand_off` queues whatever the opening hours."""
    place = new_place(opening_hours={"mon": []})
    run_actions.escalate(ask(place).run.id, OWNER, Escalate("loop", decided=decided()))
    assert (conversation(place).state, transcript(place)[-1][2]) == ("bot", "offline")
    assert Escalation.objects.get().rule == "Refunds"


def test_the_button_and_the_agent_are_told_apart():
    place = new_place()
    run_actions.escalate(ask(place).run.id, OWNER, Escalate("unsupported_request"))
    other = new_place()
    actions.request_handoff(other, "customer_request")
    origins = dict(Escalation.objects.values_list("conversation", "origin"))
    assert origins == {place.conversation: "agent", other.conversation: "button"}


@pytest.mark.parametrize(
    ("rule", "reason"),
    [(OFF_TOPIC, "refused"), (Rule("o", Trigger.ANGER, Action.OFFER, "loop"), "answered")],
    ids=["refused", "offered"],
)
def test_what_was_said_to_an_answer_is_written_with_it(rule, reason):
    run = ask(new_place()).run
    run_actions.answer(
        run.id, OWNER, Reply("Not here.", (), "curated", Usage(), decided=decided(rule), confidence=0.25), 1.0
    )
    row = Run.objects.get()
    assert (row.reason, row.confidence) == (reason, 0.25)
    assert Escalation.objects.get().action == rule.action


def test_a_turn_is_judged_by_the_version_in_force():
    """Red when `of_version` keeps policies by inbox alone."""
    place = new_place()
    run = ask(place).run
    assert context.load(run).policy.version == 0
    enforce(place.inbox, ANGER)
    assert context.load(run).policy.rules == (ANGER,)
    enforce(place.inbox, REFUND)
    turn = context.load(run)
    assert (turn.policy.version, turn.policy.rules) == (2, (REFUND,))


def test_a_draft_judges_nothing():
    place = new_place()
    run = ask(place).run
    row = enforce(place.inbox, ANGER)
    policies.save_draft(row.inbox, [REFUND])
    assert context.load(run).policy.rules == (ANGER,)


def test_the_circumstances_come_from_the_rows():
    place = new_place(opening_hours={"mon": [["00:00", "24:00"]]}, timezone="UTC")
    Customer.objects.update(metadata={"Plan": "Gold", "vip": True, "email": "x", "list": [1]}, email="a@b.example")
    attributes = context.load(ask(place).run).circumstances.attributes
    assert attributes == {
        "plan": "Gold",
        "vip": "yes",
        "list": "",
        "email": "a@b.example",
        "identified": "no",
        "locale": "en",
    }
    is_monday = datetime.now(UTC).weekday() == 0
    assert context.load(Run.objects.get()).circumstances.is_open is is_monday


def unknown(place) -> Run:
    """The customer asks, and the agent does not know."""
    run = ask(place).run
    run_actions.answer(run.id, OWNER, Reply("?", (), "extractive", Usage(), answered=False), 1.0)
    return run


def test_what_failed_is_counted_since_people_last_were_there():
    """Red when `since_people` gives all runs."""
    place = new_place()
    enforce(place.inbox, TWICE, Rule("t", Trigger.TOOL_FAILURE, Action.ESCALATE, "tool_failure", amount=1))
    run = unknown(place)
    ToolCall.objects.create(run=run.id, call="1", tool="t", risk="read", arguments={}, state="failed", took_ms=1)
    unknown(place)
    seen = context.load(ask(place).run).circumstances
    assert (seen.unanswered, seen.failed_calls) == (2, 1)
    actions.request_handoff(place, "customer_request")
    actions.release(place.conversation, OWNER)
    unknown(place)
    seen = context.load(ask(place).run).circumstances
    assert (seen.unanswered, seen.failed_calls) == (1, 0)


def test_a_policy_that_counts_nothing_costs_no_statement():
    """Red when `circumstances` reads runs without asking `needs`."""
    place = new_place()
    enforce(place.inbox, ANGER)
    run = ask(place).run
    context.load(run)
    with CaptureQueriesContext(connection) as counted:
        context.load(run)
    assert counted.captured_queries == []


def test_the_second_of_two_administrators_is_told():
    """Red when `seen_revision` is not compared."""
    inbox = enforce(new_place().inbox, ANGER).inbox
    revision = EscalationPolicy.objects.get().revision
    policies.save_draft(inbox, [REFUND], revision)
    with pytest.raises(policies.Stale):
        policies.save_draft(inbox, [TWICE], revision)
    with pytest.raises(policies.Stale):
        policies.put_in_force(inbox, None, revision)
    assert policies.draft_of(inbox.pk).rules == (REFUND,)


def test_a_draft_like_what_is_in_force_is_none():
    inbox = enforce(new_place().inbox, ANGER).inbox
    policies.save_draft(inbox, [REFUND])
    policies.save_draft(inbox, [ANGER])
    assert policies.draft_of(inbox.pk) is None
    with pytest.raises(policies.NoDraft):
        policies.put_in_force(inbox, None)
