"""Replaying a policy over what was said: the live turn's own judgement, read-only and bounded."""

import json
import uuid
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from agents.escalation.guard import Guard
from agents.escalation.rules import Action, Policy, Rule, Trigger
from agents.models import ToolCall
from agents.turn import Escalate, Reply, Usage
from sessions_app.models import Inbox
from support import actions, context, run_actions
from support.escalation import policies, replay, simulation, turns
from support.models import Conversation, EscalationSimulation
from tests.support.conversations import OWNER, ask, new_human_agent, new_place
from tests.support.escalating import ANGER, OFF_TOPIC, REFUND, TWICE

pytestmark = pytest.mark.django_db

OWNER_ID = uuid.UUID(int=7)
WISH = Rule("Wish", Trigger.CUSTOMER_REQUEST, Action.ESCALATE, "customer_request")


def says(place, text, reply="All right.", *, answered=True, confidence=0.9):
    """The customer writes, and the agent answers; without a reply: hands over."""
    run = ask(place, text).run
    if reply is None:
        run_actions.escalate(run.id, OWNER, Escalate("customer_request"))
    else:
        verdict = Reply(reply, (), "extractive", Usage(), answered=answered, confidence=confidence)
        run_actions.answer(run.id, OWNER, verdict, 1.0)
    return run


def compared(place, *rules):
    inbox = Inbox.objects.get(pk=place.inbox)
    rows = list(Conversation.objects.filter(pk=place.conversation).select_related("customer"))
    [one] = replay.replay(Policy(0, rules), inbox, rows)
    return one


@pytest.mark.parametrize(
    ("rules", "kind", "then", "now"),
    [
        ((WISH,), "same", 5, 5),
        ((REFUND, WISH), "earlier", 5, 3),
        ((), "fewer", 5, None),
        ((OFF_TOPIC,), "fewer", 5, None),
    ],
    ids=["same", "earlier", "none", "refused"],
)
def test_what_would_have_differed(rules, kind, then, now):
    place = new_place()
    says(place, "How is the weather?")
    says(place, "Where is my refund?")
    says(place, "I want to talk to a human", None)
    one = compared(place, *rules)
    assert (one.kind, one.then, one.now) == (kind, then, now)


def test_what_was_answered_would_have_been_handed_over():
    place = new_place()
    says(place, "Where is my refund?")
    one = compared(place, REFUND)
    assert (one.kind, one.then, one.now, one.by.values) == ("more", None, 1, {"keyword": "refund"})


def test_after_the_hand_over_of_then_nothing_is_compared():
    """Red when `compare` goes on after it: `continue` instead of `break`."""
    place = new_place()
    says(place, "I want to talk to a human", None)
    actions.release(place.conversation, OWNER)
    says(place, "Where is my refund?")
    assert compared(place, REFUND).kind == "fewer"


def test_the_answer_is_judged_as_it_was():
    """Red when `_decide` leaves the answer out."""
    place = new_place()
    says(place, "Do you sell zeppelins?", "?", answered=False, confidence=0.1)
    says(place, "And balloons?", "?", answered=False, confidence=0.1)
    assert compared(place, TWICE).now == 3
    unsure = Rule("u", Trigger.LOW_CONFIDENCE, Action.OFFER, "missing_knowledge", amount=50)
    offered = compared(place, unsure)
    assert (offered.kind, [seq for seq, _ in offered.decisions]) == ("same", [1, 3])


def test_an_answer_from_tools_is_no_unsure_one_then_either():
    """Red when an answer without a confidence counts as an unsure one."""
    place = new_place()
    says(place, "Where is my order?", "On its way.", confidence=None)
    unsure = Rule("u", Trigger.LOW_CONFIDENCE, Action.ESCALATE, "missing_knowledge", amount=99)
    assert compared(place, unsure).decisions == []


def test_what_the_agent_itself_asked_for_stays():
    """Red when `asked` is not looked at."""
    place = new_place()
    run = ask(place, "Please change my name").run
    ToolCall.objects.create(
        run=run.id, call="1", tool="escalate_to_human", risk="read", arguments={}, state="done", took_ms=1
    )
    run_actions.escalate(run.id, OWNER, Escalate("unsupported_request"))
    one = compared(place)
    assert (one.kind, one.by) == ("same", None)


def test_a_past_turn_is_seen_as_it_was_when_it_was_under_way():
    """Red when `_turn` counts what people said as unanswered, or leaves it out of the history."""
    place, policy = new_place(), Policy(0, (ANGER, TWICE))
    says(place, "Do you sell zeppelins?", "?", answered=False)
    says(place, "A person please", None)
    user = new_human_agent()
    actions.claim(place.conversation, user)
    actions.reply(place.conversation, user, OWNER_ID, "We do not.", 3)
    actions.release(place.conversation, OWNER)
    run = ask(place, "And balloons?").run
    live = Guard(context.load(run))
    live.before()
    run_actions.answer(run.id, OWNER, Reply("?", (), "extractive", Usage(), answered=False), 1.0)
    last = turns.of_conversations([place.conversation])[place.conversation][-1]
    assert (last.text, list(last.said.by_customer), last.unanswered_before) == ("And balloons?", [], 0)
    assert (live._snapshot.text, list(live._said.by_customer)) == (last.text, list(last.said.by_customer))
    assert policy.rules


def run_simulation(place, *rules, days=30):
    inbox = Inbox.objects.get(pk=place.inbox)
    now = timezone.now() + timedelta(minutes=1)
    row = simulation.start(inbox, rules, now - timedelta(days=days), now, None)
    simulation.run(row.pk)
    row.refresh_from_db()
    return row


def test_a_simulation_counts_lists_and_writes_nothing_else():
    """Red when a simulation writes traces, or counts turns for conversations."""
    place = new_place()
    says(place, "Where is my refund?")
    says(place, "A refund, please")
    before = list(Conversation.objects.values())
    row = run_simulation(place, REFUND, ANGER)
    assert (row.state, row.done, row.total) == ("done", 1, 1)
    result = row.result
    assert [(one["name"], one["turns"], one["conversations"]) for one in result["rules"]] == [
        ("Refunds", 1, 1),
        ("Angry", 0, 0),
    ]
    assert (result["conversations"], result["then"], result["now"], result["more"]) == (1, 0, 1, 1)
    assert [one["id"] for one in result["listed"]] == [str(place.conversation)]
    assert simulation.headline(result) == "Would have escalated 1 conversation; none was."
    assert list(Conversation.objects.values()) == before
    simulation.run(row.pk)  # a task that is delivered twice
    assert EscalationSimulation.objects.get().state == "done"


@pytest.mark.parametrize(
    ("then", "now", "told"),
    [
        (50, 57, "Would have escalated 14 % more."),
        (50, 25, "Would have escalated 50 % less."),
        (5, 5, "Would have escalated as often."),
        (0, 2, "Would have escalated 2 conversations; none was."),
    ],
)
def test_the_outcome_in_a_sentence(then, now, told):
    assert simulation.headline({"conversations": 99, "then": then, "now": now}) == told


def test_it_is_bounded_in_number_and_time(monkeypatch):
    """Red when `conversations` has no limit, or no beginning."""
    place = new_place()
    says(place, "Where is my refund?")
    Conversation.objects.update(created_at=timezone.now() - timedelta(days=10))
    assert run_simulation(place, REFUND, days=9).result["conversations"] == 0
    assert run_simulation(place, REFUND, days=11).result["conversations"] == 1
    monkeypatch.setattr(replay, "MAX_CONVERSATIONS", 0)
    assert run_simulation(place, REFUND, days=11).result["conversations"] == 0


def test_one_at_a_time_unless_its_worker_is_gone():
    place = new_place()
    inbox, now = Inbox.objects.get(pk=place.inbox), timezone.now()
    row = simulation.start(inbox, [REFUND], now, now, None)
    with pytest.raises(simulation.Busy):
        simulation.start(inbox, [REFUND], now, now, None)
    EscalationSimulation.objects.filter(pk=row.pk).update(beat_at=now - simulation.LOST - timedelta(seconds=1))
    simulation.start(inbox, [REFUND], now, now, None)


def test_conversations_are_read_in_batches():
    """Red when each conversation has statements of its own."""
    places = [new_place() for _ in range(3)]
    for place in places:
        says(place, "Where is my refund?")
    ids = [place.conversation for place in places]
    with CaptureQueriesContext(connection) as counted:
        found = turns.of_conversations(ids)
    assert (len(counted), [len(found[one]) for one in ids]) == (4, [1, 1, 1])


def test_the_command_replays_the_draft_or_a_file(tmp_path, capsys):
    place = new_place(key="ib_sim")
    says(place, "Where is my refund?")
    policies.save_draft(Inbox.objects.get(key="ib_sim"), [REFUND])
    call_command("simulate_escalation", "ib_sim", "--json")
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["more"] == 1
    file = tmp_path / "rules.json"
    file.write_text("[]")
    call_command("simulate_escalation", "ib_sim", "--rules", str(file))
    assert "Would have escalated as often." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["nobody"], "There is no inbox"),
        (["ib_sim", "--since", "2026-02-01", "--until", "2026-01-01"], "ends before it begins"),
        (["ib_sim", "--since", "soon"], "is no date"),
        (["ib_sim", "--rules", "/nowhere.json"], "nowhere"),
    ],
    ids=["inbox", "backwards", "date", "file"],
)
def test_the_command_says_what_is_wrong(arguments, complaint):
    Inbox.objects.create(key="ib_sim", name="Sim")
    with pytest.raises(CommandError, match=complaint):
        call_command("simulate_escalation", *arguments)
