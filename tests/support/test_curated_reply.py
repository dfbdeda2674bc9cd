"""A curated answer in the conversation: given and counted at its commit, not given any more once it was withdrawn."""

import threading

import pytest
from django.db import connection, transaction
from django.utils import timezone

from agents.turn import Reply, Usage
from knowledge.curated import writing
from knowledge.curated.models import CuratedAnswer, CuratedHit
from knowledge.curated.writing import Draft
from support import run_actions
from support.change import StaleCitation
from support.models import Message, Run
from tests.knowledge.curating import PRICES, prices
from tests.support.conversations import OWNER, ask, new_place, transcript

pytestmark = pytest.mark.django_db(transaction=True)


def reply_of(answer: CuratedAnswer) -> Reply:
    return Reply(answer.answer, (), "curated", Usage(), curated=answer.pk)


def test_it_is_given_and_counted():
    """Red when `run_actions.answer` does not ask `giving.give`."""
    answer = prices()
    run = ask(new_place(), "prices").run
    run_actions.answer(run.id, OWNER, reply_of(answer), 1.0)
    message = Message.objects.get(role="assistant")
    assert (message.text, message.engine, message.citations) == (PRICES, "curated", [])
    assert Run.objects.get().engine == "curated"
    assert CuratedHit.objects.get().answer_id == answer.pk


@pytest.mark.parametrize(
    "change",
    [
        {"enabled": False},
        {"answer": "15 €"},
        {"audience": "identified"},
        {"tags": ["acme"]},
        {"valid_until": timezone.now()},
    ],
)
def test_what_was_withdrawn_meanwhile_is_not_said(change):
    """Red when `_GIVE` looks at neither text nor enabled nor ADMITTED."""
    answer = prices()
    reply = reply_of(answer)
    place = new_place()
    run = ask(place, "prices").run
    CuratedAnswer.objects.filter(pk=answer.pk).update(**change)
    with pytest.raises(StaleCitation):
        run_actions.answer(run.id, OWNER, reply, 1.0)
    assert [role for _, role, _ in transcript(place)] == ["customer"]
    assert not CuratedHit.objects.exists()


def in_thread(function, *arguments) -> threading.Thread:
    def call():
        try:
            function(*arguments)
        finally:
            connection.close()

    thread = threading.Thread(target=call)
    thread.start()
    return thread


def test_turns_that_give_the_same_answer_do_not_wait_for_each_other():
    """Red when a hit is counted in the answer's row (UPDATE … SET hits = hits + 1)."""
    answer = prices()
    first, second = (ask(new_place(), "prices").run for _ in range(2))
    with transaction.atomic():
        run_actions.answer(first.id, OWNER, reply_of(answer), 1.0)
        thread = in_thread(run_actions.answer, second.id, OWNER, reply_of(answer), 1.0)
        thread.join(20)
        assert not thread.is_alive()
    assert CuratedHit.objects.count() == 2


def test_an_editor_waits_for_the_commit_of_a_reply():
    """Red when `_GIVE` takes no lock: FOR SHARE left out."""
    answer = prices()
    run = ask(new_place(), "prices").run
    with transaction.atomic():
        run_actions.answer(run.id, OWNER, reply_of(answer), 1.0)
        thread = in_thread(writing.save, Draft(question="prices", answer="15 €"), answer)
        thread.join(1)
        assert thread.is_alive()
    thread.join(20)
    assert CuratedAnswer.objects.get().answer == "15 €"
