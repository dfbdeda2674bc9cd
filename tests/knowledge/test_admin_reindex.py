"""The search index in the admin: administrators start and abort, editors look on, others see nothing."""

import pytest

from knowledge import tasks
from knowledge.models import Reindex
from knowledge.reindex import work
from tests.knowledge.publishing import publish
from tests.knowledge.reindexing import litter
from tests.knowledge.test_reindex_edits import Meanwhile
from tests.knowledge.test_reindex_runs import Die, die
from tests.support.console_cast import browser

pytestmark = pytest.mark.usefixtures("index", "groups")

PAGE = "/admin/knowledge/reindex/"


@pytest.fixture
def groups(transactional_db):
    """Emptied tables have no groups any more."""
    from support import roles

    roles.ensure()


@pytest.fixture
def asked(monkeypatch):
    """The rebuilds that workers were asked for."""
    asked: list[tuple] = []
    monkeypatch.setattr(tasks.reindex, "delay", lambda *arguments: asked.append(arguments))
    return asked


def page(name="rita"):
    return browser(name).get(PAGE).content.decode()


def test_an_administrator_starts_it_and_sees_how_it_ended(asked):
    publish("Help", "Money comes back.")
    assert "has not been rebuilt yet" in page()
    answer = browser("rita").post(f"{PAGE}start/", follow=True).content.decode()
    assert "A worker rebuilds the index" in answer
    assert "Waiting for a worker" in answer
    assert asked == [(Reindex.objects.get().pk, 0)]
    tasks.reindex(*asked.pop())
    assert "1 article, 1 passage; of 1 tried, 100 % were found" in page()
    assert "started by rita" in page()


def test_progress_is_told_while_it_lasts():
    publish("Help", "Money comes back.")
    told = []
    client = browser("ed")
    work.run(Meanwhile("Checking", lambda: told.append(client.get(f"{PAGE}progress/").json())))
    assert told == [{"id": Reindex.objects.get().pk, "label": "Checking", "done": 0, "total": 51, "text": "0 of 51"}]
    assert client.get(f"{PAGE}progress/").json() == {}


def test_an_administrator_aborts_it(asked):
    rita = browser("rita")
    rita.post(f"{PAGE}start/")
    assert "Aborted. The live index is as it was." in rita.post(f"{PAGE}abort/", follow=True).content.decode()
    assert Reindex.objects.get().state == "aborted"
    assert "is not being rebuilt" in rita.post(f"{PAGE}abort/", follow=True).content.decode()


def test_an_interrupted_one_is_gone_on_with(asked):
    publish("Help", "Money comes back.")
    with pytest.raises(Die):
        work.run(Meanwhile("Checking", die))
    assert "Interrupted" in page()
    browser("rita").post(f"{PAGE}start/")
    tasks.reindex(*asked.pop())
    assert Reindex.objects.get().state == "done"
    assert not litter()


def test_only_one_at_a_time(asked):
    answers = []
    rita = browser("rita")

    def start():
        from tests.knowledge.test_reindex_runs import in_a_thread

        answers.append(in_a_thread(lambda: rita.post(f"{PAGE}start/", follow=True).content.decode()))

    work.run(Meanwhile("Checking", start))
    assert "being rebuilt already" in answers[0]
    assert asked == []


def test_a_failure_is_shown(settings):
    settings.EMBEDDING_MODEL = "/nowhere/<b>model</b>"
    with pytest.raises(work.Failed):
        work.run()
    assert "name a folder with a sentence-transformers model" in page()
    assert "&lt;b&gt;model" in page()
    assert "names another model" in page()


def test_without_a_broker_it_is_said(monkeypatch):
    def away(*arguments):
        raise OSError

    monkeypatch.setattr(tasks.reindex, "delay", away)
    answer = browser("rita").post(f"{PAGE}start/", follow=True).content.decode()
    assert "The task queue cannot be reached (OSError)" in answer


def test_who_may_what(asked):
    """Red when a view does not ask for its permission."""
    assert "Rebuild the index" not in page("ed")
    for address in ("start/", "abort/"):
        assert browser("ed").post(PAGE + address).status_code == 403
        assert browser("rita").get(PAGE + address).status_code == 405
    for address in ("", "progress/"):
        assert browser("alice").get(PAGE + address).status_code == 403
    assert not Reindex.objects.exists()
    assert asked == []
