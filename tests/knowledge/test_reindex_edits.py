"""What is written and searched while the index is rebuilt and swapped."""

import json
import signal
import subprocess
import sys
import threading
from uuid import UUID

import pytest
from django.db import connection, transaction

from knowledge import embeddings, index, ingestion, pins, retrieval
from knowledge.audience import EVERYTHING, Audience
from knowledge.ingestion import Draft
from knowledge.models import Article, Chunk
from knowledge.reindex import swapping, work
from tests.engines import ROOT
from tests.knowledge.publishing import chunks, publish
from tests.knowledge.reindexing import environment, litter

pytestmark = pytest.mark.usefixtures("index")

BODY = "## Refunds\n\nMoney comes back within 14 days.\n\n## Shipping\n\nParcels leave every morning.\n"


def found(question: str) -> set[UUID]:
    return {passage.article_id for passage in retrieval.search(question, Audience()).passages}


class Meanwhile:
    """Does something, once, when a rebuild reaches a stage, and `after` of it are done."""

    def __init__(self, stage, act, after=0):
        self.stage, self.act, self.after, self.done = stage, act, after, False

    def __call__(self, stage, done, total):
        if stage == self.stage and done >= self.after and not self.done:
            self.done = True
            self.act()


@pytest.mark.parametrize("stage", ["Building indexes", "Checking", "Swapping"])
def test_what_is_edited_meanwhile(stage):
    """Red when `_swap` does not bring the next index up to date, or `_STALE` leaves out versions, pins or status."""
    names = ("edited", "archived", "hidden", "deleted", "pinned", "calm")
    articles = {name: publish(f"Help {name}", BODY) for name in names}

    def act():
        publish("Help edited", BODY.replace("14 days", "30 days"), articles["edited"])
        ingestion.save(Draft(status="archived"), articles["archived"])
        ingestion.save(Draft(audience="identified"), articles["hidden"])
        ingestion.delete(articles["deleted"].pk)
        pins.pin(chunks(articles["pinned"])["Parcels leave every morning."].pk, "Parcels leave at nine.")
        ingestion.embed(articles["pinned"].pk)
        publish("Help new", "## Opening\n\nWe open at eight.\n")
        assert articles["archived"].pk not in found("Parcels leave every morning.")

    meanwhile = Meanwhile(stage, act)
    assert work.run(meanwhile).state == "done"
    assert meanwhile.done
    texts: dict[str, set[str]] = {title: set() for title in Article.objects.values_list("title", flat=True)}
    for chunk in Chunk.objects.select_related("article"):
        assert chunk.embedding is not None
        texts[chunk.article.title].add(chunk.text)
    money, parcels = "Money comes back within 14 days.", "Parcels leave every morning."
    assert texts == {
        "Help edited": {"Money comes back within 30 days.", parcels},
        "Help archived": set(),
        "Help hidden": {money, parcels},
        "Help pinned": {money, "Parcels leave at nine."},
        "Help calm": {money, parcels},
        "Help new": {"We open at eight."},
    }
    answering = found("Parcels leave every morning.")
    assert articles["calm"].pk in answering
    assert not answering & {articles["archived"].pk, articles["hidden"].pk, articles["deleted"].pk}


def test_an_edit_that_is_not_committed_yet_is_waited_for():
    """The swap gives up its locks, and tries again."""
    article = publish("Help", BODY)
    wrote, go = threading.Event(), threading.Event()

    def edit():
        with transaction.atomic():
            ingestion.save(Draft(status="archived"), article)
            wrote.set()
            go.wait(60)
        connection.close()

    editor = threading.Thread(target=edit)
    tried = []

    def begin():
        editor.start()
        assert wrote.wait(60)
        swap = swapping.swap

        def watched(*arguments, **fields):
            try:
                return swap(*arguments, **fields)
            finally:
                tried.append(True)
                go.set()  # after the first try, which found it locked

        monkey.setattr(swapping, "swap", watched)

    with pytest.MonkeyPatch.context() as monkey:
        work.run(Meanwhile("Checking", begin))
    editor.join()
    assert len(tried) > 1
    assert not Chunk.objects.exists()
    assert not litter()


def test_an_edit_just_before_the_swap_is_not_lost(monkeypatch):
    """Red when `swap` does not look, under its lock, whether anything is stale."""
    article = publish("Help", BODY)
    swap = swapping.swap
    calls: list[bool] = []

    def late(*arguments, **fields):
        if not calls:
            ingestion.save(Draft(status="archived"), article)
        calls.append(swap(*arguments, **fields))
        return calls[-1]

    monkeypatch.setattr(swapping, "swap", late)
    work.run()
    assert calls == [False, True]
    assert not Chunk.objects.exists()


def test_an_edit_across_the_swap_ends_in_the_new_index():
    """What locks an article before the swap and changes its passages after it finds the new index."""
    article = publish("Help", BODY)
    building_is_done, locked, go = threading.Event(), threading.Event(), threading.Event()

    def edit():
        building_is_done.wait(60)
        with transaction.atomic():
            Article.objects.only("pk").get(pk=article.pk)
            locked.set()
            go.wait(60)
            ingestion.save(Draft(body=BODY.replace("14 days", "30 days")), article)
        ingestion.embed(article.pk)
        connection.close()

    editor = threading.Thread(target=edit)
    editor.start()
    work.run(Meanwhile("Checking", lambda: (building_is_done.set(), locked.wait(60))))
    go.set()
    editor.join()
    assert {chunk.text for chunk in Chunk.objects.all()} == {
        "Money comes back within 30 days.",
        "Parcels leave every morning.",
    }


SEARCHER = """
import json
import django
django.setup()
from knowledge import retrieval
from knowledge.audience import EVERYTHING
print("ready", flush=True)
while True:
    found = retrieval.search("which printer takes paper", EVERYTHING, 50)
    print(json.dumps([str(p.chunk_id) for p in found.passages] + [found.took_ms]), flush=True)
"""


def test_searches_meanwhile_see_one_index_or_the_other(tiny, settings):
    """Red when the swap renames the tables in two transactions, or a search does not compare models."""
    long = " ".join(f"Printer number {n} stands in room {n} and takes paper of size A{n}." for n in range(30))
    for number in range(8):
        publish(f"Printers {number}", long)
    old = set(Chunk.objects.values_list("pk", flat=True))
    with subprocess.Popen(
        [sys.executable, "-c", SEARCHER], cwd=ROOT, env=environment(), stdout=subprocess.PIPE, text=True
    ) as searcher:
        lines = []
        swapped = threading.Event()
        seen_old, seen_new = threading.Event(), threading.Event()

        def read():
            for line in searcher.stdout:
                lines.append(line)
                if len(lines) > 3:
                    seen_old.set()
                if swapped.is_set() and len(lines) > after[0] + 5:
                    seen_new.set()

        after = [0]
        reader = threading.Thread(target=read)
        reader.start()
        settings.EMBEDDING_MODEL = str(tiny)
        try:
            assert seen_old.wait(60)
            work.run()
            after[0] = len(lines)
            swapped.set()
            assert seen_new.wait(60)
        finally:
            searcher.send_signal(signal.SIGKILL)
            reader.join()
    new = set(Chunk.objects.values_list("pk", flat=True))
    assert not old & new
    results = [json.loads(line)[:-1] for line in lines[1:] if line.endswith("\n")]
    sides = [("old" if ids <= old else "new" if ids <= new else "mixed") for ids in map(as_set, results)]
    assert all(results)
    assert sides == sorted(sides, reverse=True)  # old, old, … new, new
    assert set(sides) == {"old", "new"}


def as_set(ids: list[str]) -> set[UUID]:
    return {UUID(text) for text in ids}


def test_a_process_loads_the_next_model_before_the_swap(tiny, settings):
    """Red when `follow` loads nothing, or keeps what nobody needs any more."""
    publish("Help", BODY)
    old = embeddings.in_use()
    settings.EMBEDDING_MODEL = str(tiny)
    upcoming: list = []

    def search():
        retrieval.search("money", EVERYTHING)
        upcoming.extend(model for model in embeddings._backends if model.name == str(tiny))

    work.run(Meanwhile("Building indexes", search))
    assert upcoming
    retrieval.search("money", EVERYTHING)
    assert embeddings.in_use() == upcoming[0] != old
    embeddings.backend(upcoming[0]).encode("money")
    assert embeddings.backend(upcoming[0]).ready


def test_citations_of_unchanged_passages_hold_across_the_swap():
    """Red when `_keep_ids` does nothing."""
    article = publish("Help", BODY)
    passages = retrieval.search("when does money come back", Audience()).passages
    work.run()
    with transaction.atomic():
        locked = retrieval.lock_visible([passage.chunk_id for passage in passages], Audience())
    assert locked == {passage.chunk_id: article.version for passage in passages}
    assert index.articles_to_embed() == []
