"""What is remembered of a conversation: behind the fence, bounded, and only where it belongs."""

import uuid
from datetime import timedelta

import pytest
from django.db.models.functions import Now
from django.utils import timezone

from agents.memory import MemoryUpdate
from agents.notes import Notes
from agents.turn import Escalate, Reply, Usage, Who
from sessions_app.models import Customer
from support import actions, context, run_actions
from support.change import Fenced
from support.memory import actions as memory
from support.memory import records
from support.models import Conversation, ConversationMemory, Message
from tests.support.conversations import OWNER, ask, new_human_agent, new_place

pytestmark = pytest.mark.django_db

REPLY = Reply("Within 14 days.", (), "extractive", Usage())
ORDER = MemoryUpdate({"order": "10023"})


def slots(place) -> dict[str, str]:
    return records.values(records.of(place.conversation).slots)


def talk(place, messages: int, text: str = "Hello?") -> None:
    """So many messages, the customer's and the agent's by turns, as if nobody had to be asked."""
    last = Message.objects.filter(conversation=place.conversation).count()
    Message.objects.bulk_create(
        Message(conversation_id=place.conversation, seq=seq, role="customer" if seq % 2 else "assistant", text=text)
        for seq in range(last + 1, last + messages + 1)
    )
    Conversation.objects.filter(id=place.conversation).update(last_seq=last + messages)


def due_in(place) -> records.Due:
    due = records.due(place.conversation)
    assert due is not None
    return due


@pytest.fixture
def place():
    return new_place()


def test_what_was_noticed_comes_with_the_reply(place):
    """Red when `answer` does not notice."""
    run = ask(place, "Where is order 10023?").run
    run_actions.answer(run.id, OWNER, REPLY, 1.0, ORDER)
    assert slots(place) == {"order": "10023"}
    assert context.load(ask(place, "And now?").run).memory.slots == {"order": "10023"}


def test_and_with_a_hand_off(place):
    run = ask(place).run
    run_actions.escalate(run.id, OWNER, Escalate("customer_request"), ORDER)
    assert slots(place) == {"order": "10023"}


@pytest.mark.parametrize("act", ["answer", "escalate"])
def test_a_run_that_lost_the_conversation_writes_no_memory(place, act):
    """Red when `_fence` lets a run of an earlier epoch pass."""
    run = ask(place).run
    actions.claim(place.conversation, new_human_agent())
    calls = {
        "answer": lambda: run_actions.answer(run.id, OWNER, REPLY, 1.0, ORDER),
        "escalate": lambda: run_actions.escalate(run.id, OWNER, Escalate("customer_request"), ORDER),
    }
    with pytest.raises(Fenced):
        calls[act]()
    assert slots(place) == {}


def test_nor_its_notes(place):
    """Red when `keep` does not look at the epoch."""
    run = ask(place).run
    talk(place, 30)
    due = due_in(place)
    actions.claim(place.conversation, new_human_agent())
    assert not memory.keep(place.conversation, run.epoch, due, Notes("Late."))
    assert not ConversationMemory.objects.exists()


def test_of_two_notes_on_the_same_the_first_stays(place):
    """Red when `keep` does not compare where the summary ends."""
    run = ask(place).run
    talk(place, 30)
    due = due_in(place)
    assert memory.keep(place.conversation, run.epoch, due, Notes("First.", {"product": "drill"}))
    assert not memory.keep(place.conversation, run.epoch, due, Notes("Second."))
    row = records.of(place.conversation)
    assert (row.summary, row.summary_seq, slots(place)) == ("First.", due.upto, {"product": "drill"})


def test_a_correction_stands_until_the_customer_says_something_new(place):
    """Red when `notice` lets a message from before the correction overwrite it."""
    run = ask(place).run
    memory.correct(place.conversation, new_human_agent(), "order", " 10 024 ")
    run_actions.answer(run.id, OWNER, REPLY, 1.0, ORDER)
    assert slots(place) == {"order": "10 024"}
    run = ask(place, "No, order 5").run
    run_actions.answer(run.id, OWNER, REPLY, 1.0, MemoryUpdate({"order": "5"}))
    assert slots(place) == {"order": "5"}


def test_what_a_human_agent_deleted_the_model_does_not_bring_back(place):
    """Red when `keep` overwrites what others than the model set."""
    run = ask(place).run
    talk(place, 30)
    memory.forget(place.conversation, new_human_agent(), "product")
    memory.keep(place.conversation, run.epoch, due_in(place), Notes("Notes.", {"product": "drill"}))
    assert slots(place) == {}


# -- What is read again, and what is summarised -------------------------------------------------


@pytest.mark.parametrize(("messages", "is_due"), [(records.MAX_MESSAGES, False), (records.MAX_MESSAGES + 1, True)])
def test_so_many_messages_are_due(place, messages, is_due):
    """Red when MAX_MESSAGES is compared with less-than."""
    ask(place, "Hi?")
    talk(place, messages - 1)
    due = records.due(place.conversation)
    assert (due is not None) is is_due
    if due is not None:
        assert (due.since, due.upto, len(due.said)) == (0, messages - records.RECENT_MESSAGES, due.upto)


@pytest.mark.parametrize(
    ("characters", "is_due"), [(records.MAX_CHARACTERS, False), (records.MAX_CHARACTERS + 1, True)]
)
def test_so_many_characters_are_due(place, characters, is_due):
    """The last question and its answer are read themselves, however long. Red when `due` counts messages alone."""
    ask(place, "x" * (characters - 3 * 1500))
    talk(place, 3, "y" * 1500)
    due = records.due(place.conversation)
    assert (due.upto if due else None) == (2 if is_due else None)


def test_what_is_summarised_is_not_read_again(place):
    """Red when `load` takes the whole history."""
    run = ask(place, "The first question").run
    talk(place, 30)
    memory.keep(place.conversation, run.epoch, due_in(place), Notes("They greet each other."))
    run_actions.answer(run.id, OWNER, REPLY, 1.0)
    Conversation.objects.filter(id=place.conversation).update(answered_seq=32)
    turn = context.load(ask(place, "And now?").run)
    assert turn.memory.summary == "They greet each other."
    assert (len(turn.history), turn.question) == (records.RECENT_MESSAGES + 1, "And now?")


# -- Other conversations ------------------------------------------------------------------------


@pytest.fixture
def identified(place):
    Customer.objects.filter(id=place.customer).update(sub="user-1")
    ask(place, "My drill is broken, order 10023")
    ConversationMemory.objects.create(
        conversation_id=place.conversation, slots={"order": {"value": "10023", "seq": 1, "by": "customer"}}
    )
    return place


def remembered(place, **fields) -> tuple[str, ...]:
    return records.earlier(uuid.uuid4(), Who(**({"id": place.customer, "sub": "user-1"} | fields)))


def test_an_identified_customers_other_conversations_are_remembered(identified):
    assert remembered(identified) == ("Order number: 10023 My drill is broken, order 10023",)
    ConversationMemory.objects.update(summary="A broken drill.")
    assert remembered(identified) == ("Order number: 10023 A broken drill.",)


def test_nobody_elses(identified):
    """Red when `earlier` does not ask for an identity, and when it asks for no customer."""
    assert remembered(identified, sub=None) == ()
    assert remembered(identified, id=new_place().customer) == ()
    assert records.earlier(identified.conversation, Who(identified.customer, "user-1")) == ()


@pytest.mark.parametrize(("days", "count"), [(29.99, 1), (30.01, 0)])
def test_for_so_long(identified, settings, days, count):
    """Red when `_EARLIER` does not look at the time."""
    settings.CUSTOMER_MEMORY_DAYS = 30
    Conversation.objects.update(updated_at=timezone.now() - timedelta(days=days))
    assert len(remembered(identified)) == count


def test_and_not_at_all_if_so_set(identified, settings):
    settings.CUSTOMER_MEMORY_DAYS = 0
    assert remembered(identified) == ()


def test_it_goes_with_its_conversation(identified):
    actions.close(identified.conversation)
    assert ConversationMemory.objects.count() == 1
    Conversation.objects.all().delete()
    assert ConversationMemory.objects.filter(updated_at__lte=Now()).count() == 0
