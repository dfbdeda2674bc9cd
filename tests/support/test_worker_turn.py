"""A worker sees an abandoned run through, when no web process is there to do it."""

import pytest

from knowledge import ingestion
from knowledge.ingestion import Draft
from support import run_actions, tasks
from support.models import Message, Run
from tests.support.conversations import OWNER, ask, new_place

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_worker_answers_what_a_dead_process_left():
    article, _ = ingestion.save(Draft(title="Refunds", body="You get a refund within 14 days.", status="published"))
    ingestion.embed(article.pk)
    place = new_place()
    run = ask(place, "How do I get a refund?").run
    run_actions.let_go(OWNER)
    tasks.run_turn(str(run.id))
    assert Run.objects.get(id=run.id).reason == "retrying"
    reply = Message.objects.get(conversation=place.conversation, role="assistant")
    assert reply.engine == "extractive"
    assert reply.citations[0]["article_id"] == str(article.pk)


def test_a_run_that_is_not_abandoned_is_left_alone():
    place = new_place()
    run = ask(place).run
    tasks.run_turn(str(run.id))
    assert Run.objects.get(id=run.id).state == Run.State.ACTIVE
