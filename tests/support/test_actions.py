"""What actions do to a conversation."""

import uuid

import pytest
from django.db.models.functions import Now

from agents.turn import Escalate, Reply, Usage
from config.common.errors import Conflict, NotFound
from support import actions, idle_actions, queries, run_actions
from support.models import Conversation, Message, Run
from tests.support.conversations import OWNER, active_run, ask, conversation, new_human_agent, new_place, transcript

pytestmark = pytest.mark.django_db

REPLY = Reply("Within 14 days.", (), "extractive", Usage())


def test_the_first_message_makes_the_conversation_and_a_run():
    place = new_place()
    change = ask(place)
    assert (change.message.seq, change.conversation.last_seq) == (1, 1)
    assert change.run.in_reply_to == 1
    assert change.run.lease_owner == OWNER


def test_the_same_client_id_gives_the_first_message_back():
    place = new_place()
    client_id = uuid.uuid4()
    first = actions.receive_message(place, client_id, "One", OWNER)
    again = actions.receive_message(place, client_id, "Other words", OWNER)
    assert again.duplicate
    assert again.message.id == first.message.id
    assert again.run is None
    assert Message.objects.get().text == "One"


def test_the_same_client_id_in_another_conversation_is_another_message():
    client_id = uuid.uuid4()
    for _ in range(2):
        assert actions.receive_message(new_place(), client_id, "One", OWNER).message.seq == 1


def test_another_customers_conversation_is_not_found():
    place, stranger = new_place(), new_place()
    ask(place)
    trespass = actions.Place(place.conversation, stranger.inbox, stranger.customer, "en")
    with pytest.raises(NotFound):
        ask(trespass)


def test_a_burst_is_answered_once():
    place = new_place()
    first, second = ask(place), ask(place)
    assert second.cancelled == [(first.run.id, "superseded")]
    assert active_run(place).in_reply_to == 2


def test_an_answer_settles_what_it_covers():
    place = new_place()
    run = ask(place).run
    run_actions.answer(run.id, OWNER, REPLY, 12.0)
    assert conversation(place).answered_seq == 1
    assert active_run(place) is None
    assert [role for _, role, _ in transcript(place)] == ["customer", "assistant"]


def test_asking_for_a_person_queues_and_silences_the_agent():
    place = new_place()
    run = ask(place).run
    change = actions.request_handoff(place.conversation, "please")
    assert change.cancelled == [(run.id, "escalated")]
    assert change.view["state"] == "queued"
    assert change.view["queue_position"] == 1
    assert ask(place).run is None


def test_asking_for_a_person_may_be_the_first_thing_said():
    place = new_place()
    change = actions.request_handoff(place, "")
    assert [notice for _, _, notice in transcript(place)] == ["queued"]
    assert change.view["state"] == "queued"


def test_asking_twice_changes_nothing():
    place = new_place()
    actions.request_handoff(place, "")
    assert actions.request_handoff(place, "").created == []


def test_outside_opening_hours_the_agent_stays_and_the_customer_is_told():
    place = new_place(opening_hours={"mon": []})
    ask(place)
    change = actions.request_handoff(place.conversation, "")
    assert change.view["state"] == "bot"
    assert [row.notice for row in change.created] == ["offline"]
    assert ask(place).run is not None


def test_the_queue_is_first_come_first_served_per_inbox():
    first = new_place()
    second = actions.Place(uuid.uuid4(), first.inbox, first.customer, "en")
    elsewhere = new_place()
    for place in (first, second, elsewhere):
        actions.request_handoff(place, "")
    positions = [queries.queue_position(conversation(place)) for place in (first, second, elsewhere)]
    assert positions == [1, 2, 1]


def test_only_the_holder_replies():
    place = new_place()
    ask(place)
    holder, other = new_human_agent(), new_human_agent()
    actions.claim(place.conversation, holder)
    with pytest.raises(Conflict):
        actions.reply(place.conversation, other, uuid.uuid4(), "Hello", 99)
    assert actions.reply(place.conversation, holder, uuid.uuid4(), "Hello", 99).message.seq == 3


def test_a_reply_that_has_not_seen_the_newest_message_is_refused_with_it():
    place = new_place()
    ask(place)
    agent = new_human_agent()
    actions.claim(place.conversation, agent)
    ask(place, "One more thing")
    with pytest.raises(Conflict) as refusal:
        actions.reply(place.conversation, agent, uuid.uuid4(), "Hello", 2)
    assert [message["text"] for message in refusal.value.extra["messages"]] == ["One more thing"]


def test_the_customer_sees_the_display_name_never_the_username():
    place = new_place()
    ask(place)
    agent = new_human_agent("secret-login", first_name="Robin", last_name="Example")
    actions.claim(place.conversation, agent)
    change = actions.reply(place.conversation, agent, uuid.uuid4(), "Hello", 99)
    assert change.message.author_name == "Robin Example"
    nameless = new_place()
    ask(nameless)
    notice = actions.claim(nameless.conversation, new_human_agent("another-login")).created[0]
    assert "another-login" not in notice.text


def test_claiming_twice_is_fine_for_the_holder():
    place = new_place()
    ask(place)
    agent = new_human_agent()
    actions.claim(place.conversation, agent)
    assert actions.claim(place.conversation, agent).created == []


def test_release_answers_what_the_customer_still_waits_for():
    place = new_place()
    ask(place)
    agent = new_human_agent()
    actions.claim(place.conversation, agent)
    change = actions.release(place.conversation, OWNER)
    assert change.view["state"] == "bot"
    assert change.run.in_reply_to == 1


def test_release_after_a_reply_starts_no_run():
    place = new_place()
    ask(place)
    agent = new_human_agent()
    actions.claim(place.conversation, agent)
    actions.reply(place.conversation, agent, uuid.uuid4(), "Done", 99)
    assert actions.release(place.conversation, OWNER).run is None


def test_release_of_what_the_agent_has_is_a_conflict():
    place = new_place()
    ask(place)
    with pytest.raises(Conflict):
        actions.release(place.conversation, OWNER)


def test_close_ends_the_claim_and_a_message_reopens_with_the_agent():
    place = new_place()
    ask(place)
    actions.claim(place.conversation, new_human_agent())
    closed = actions.close(place.conversation)
    assert closed.view["state"] == "closed"
    assert closed.view["assignee"] is None
    reopened = ask(place)
    assert [row.notice for row in reopened.created] == ["reopened", None]
    assert reopened.view["state"] == "bot"
    assert reopened.run is not None


def test_a_closed_conversation_names_the_newer_open_one():
    place = new_place()
    ask(place)
    actions.close(place.conversation)
    newer = actions.Place(uuid.uuid4(), place.inbox, place.customer, "en")
    ask(newer)
    # Both rows carry the time of this test's one transaction.
    Conversation.objects.filter(id=newer.conversation).update(created_at=actions.db_now())
    with pytest.raises(Conflict) as refusal:
        ask(place)
    assert refusal.value.extra["conversation_id"] == str(newer.conversation)


def test_a_claim_of_a_closed_conversation_is_a_conflict():
    place = new_place()
    ask(place)
    actions.close(place.conversation)
    with pytest.raises(Conflict):
        actions.claim(place.conversation, new_human_agent())


def test_stop_ends_the_run_and_says_so():
    place = new_place()
    run = ask(place).run
    change = actions.stop_answer(place.conversation, run.id)
    assert change.cancelled == [(run.id, "stopped")]
    assert [row.notice for row in change.created] == ["stopped"]
    with pytest.raises(NotFound):
        actions.stop_answer(place.conversation, run.id)


def test_stopping_someone_elses_run_is_not_found():
    place, other = new_place(), new_place()
    ask(place)
    run = ask(other).run
    with pytest.raises(NotFound):
        actions.stop_answer(place.conversation, run.id)


def test_only_answers_are_rated():
    place = new_place()
    change = ask(place)
    with pytest.raises(NotFound):
        actions.rate(place.conversation, change.message.id, "up")
    reply = run_actions.answer(change.run.id, OWNER, REPLY, 1.0).message
    rated = actions.rate(place.conversation, reply.id, "down", "wrong", "Not what I asked")
    assert (rated.updated[0].rating, rated.updated[0].rating_comment) == ("down", "Not what I asked")


def test_reading_never_goes_backwards_nor_beyond_the_end():
    place = new_place()
    for _ in range(3):
        ask(place)
    for seq, expected in ((2, 2), (1, 2), (99, 2), (3, 3)):
        actions.mark_read(place.conversation, seq)
        assert conversation(place).customer_read_seq == expected


def test_an_idle_claim_goes_back_into_the_queue(settings):
    place = new_place()
    ask(place)
    actions.claim(place.conversation, new_human_agent())
    assert idle_actions.requeue_idle_claim(place.conversation) is None
    settings.CLAIM_IDLE_SECONDS = -1
    change = idle_actions.requeue_idle_claim(place.conversation)
    assert change.view["state"] == "queued"
    assert change.view["assignee"] is None


def test_a_claim_whose_human_has_answered_is_not_idle(settings):
    place = new_place()
    ask(place)
    agent = new_human_agent()
    actions.claim(place.conversation, agent)
    actions.reply(place.conversation, agent, uuid.uuid4(), "Done", 99)
    settings.CLAIM_IDLE_SECONDS = -1
    assert idle_actions.requeue_idle_claim(place.conversation) is None


def test_a_run_whose_lease_ran_out_is_started_anew_by_whoever_sees_it():
    place = new_place()
    run = ask(place).run
    assert run_actions.reclaim(run.id, "other") is None
    run_actions.let_go(OWNER)
    change = run_actions.reclaim(run.id, "other")
    assert change.cancelled == [(run.id, "retrying")]
    assert (change.run.lease_owner, change.run.attempt) == ("other", 2)
    assert run_actions.reclaim(run.id, "third") is None


def test_a_run_that_keeps_dying_ends_in_an_honest_notice():
    place = new_place()
    run = ask(place).run
    for _ in range(run_actions.MAX_ATTEMPTS):
        Run.objects.filter(state="active").update(lease_until=Now())
        change = run_actions.reclaim(run.id, OWNER)
        run = change.run or run
    assert change.run is None
    assert [row.notice for row in change.created] == ["failed"]
    assert conversation(place).answered_seq == 1


def test_renewal_tells_which_runs_are_still_ours():
    mine, lost = ask(new_place()).run, ask(new_place()).run
    Run.objects.filter(id=lost.id).update(state="cancelled")
    assert run_actions.renew(OWNER, [mine.id, lost.id]) == {mine.id}


def test_an_escalating_run_queues_the_conversation():
    place = new_place()
    run = ask(place).run
    change = run_actions.escalate(run.id, OWNER, Escalate("missing_knowledge"))
    assert change.view["state"] == "queued"
    assert conversation(place).escalation_reason == "missing_knowledge"
    assert change.cancelled == [(run.id, "escalated")]
