"""Fault rows 2 and 3: kill -9 of whoever ingests, at any chunk, and documents that do it themselves."""

import os
import random
import signal
import subprocess
import sys
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.conf import settings
from django.db import connection

from knowledge.models import Article, Chunk, SourceItem
from knowledge.sources.sync import MAX_ATTEMPTS
from tests.engines import ROOT
from tests.faults.sizes import sized
from tests.knowledge.publishing import save
from tests.knowledge.sources import published, source

pytestmark = pytest.mark.django_db(transaction=True)


def worker(*arguments: object) -> int:
    """Run a worker on the tests' database; returns how it ended."""
    parts = urlsplit(os.environ["DATABASE_URL"])
    url = urlunsplit(parts._replace(path=f"/{connection.settings_dict['NAME']}"))
    command = [sys.executable, "-m", "tests.faults.ingest_worker", *map(str, arguments)]
    environment = os.environ | {"DATABASE_URL": url, "SOURCE_FOLDERS": ",".join(map(str, settings.SOURCE_FOLDERS))}
    return subprocess.run(command, cwd=ROOT, env=environment, timeout=60, check=False).returncode


def body(sections: int, changed: frozenset[int] = frozenset()) -> str:
    return "".join(
        f"## Part {number}\n\nThis part is about {'something new, ' * (number in changed)}number {number}.\n\n"
        for number in range(sections)
    )


def state(article: Article) -> list[tuple]:
    """All that a search reads of the article, but the ids of rows."""
    rows = Chunk.objects.filter(article=article).order_by("position")
    return [
        (
            row.position,
            row.heading,
            row.text,
            row.content_hash,
            list(row.embedding),
            bytes(row.words or b""),
            row.length,
        )
        for row in rows
    ]


@sized(quick=1, full=40)
def test_an_embedding_killed_at_a_random_chunk_ends_as_an_undisturbed_one(size):
    """Red when what a killed run wrote is taken for all of it, or is thrown away."""
    choose = random.Random(size)
    for number in range(size):
        sections = choose.randint(40, 80)
        changed = frozenset(choose.sample(range(sections), choose.randint(5, sections // 2)))
        disturbed, calm = save(f"Same title {number}", body(sections)), save(f"Same title {number}", body(sections))
        assert worker("embed", 0, disturbed.pk, calm.pk) == 0
        for article in (disturbed, calm):
            save(article.title, body(sections, changed), article)
        unchanged = set(disturbed.chunks.exclude(embedding=None).values_list("id", flat=True))
        assert len(unchanged) == sections - len(changed)
        kill_at = choose.randint(1, len(changed))
        assert worker("embed", kill_at, disturbed.pk) == -signal.SIGKILL
        # Meanwhile the unchanged answer, and of the changed exactly those that have their vectors.
        answering = set(disturbed.chunks.exclude(embedding=None).values_list("id", flat=True))
        assert unchanged <= answering
        assert len(answering) == len(unchanged) + kill_at - 1
        assert worker("embed", 0, disturbed.pk, calm.pk) == 0
        assert state(disturbed) == state(calm)
        assert unchanged <= set(disturbed.chunks.values_list("id", flat=True))
        disturbed.refresh_from_db()
        assert disturbed.index_state == "indexed"


@sized(quick=1, full=10)
def test_documents_that_kill_their_worker_are_set_aside(folder, size):
    """Red when the try is counted after the work: it then kills every worker for ever."""
    for number in range(size * 3):
        poison = "POISON " * (number % 3 == 1)
        (folder / f"{number:03}.md").write_text(f"# Number {number:03}\n\n{poison}Text.\n")
    docs = source("folder", folder)
    for _ in range(size * MAX_ATTEMPTS):
        assert worker("sync", docs.pk, "task") == -signal.SIGKILL
    assert worker("sync", docs.pk, "task") == 0
    assert published() == [f"Number {number:03}" for number in range(size * 3) if number % 3 != 1]
    aside = SourceItem.objects.filter(state="quarantined")
    assert list(aside.order_by("key").values_list("key", flat=True)) == [f"{n:03}.md" for n in range(1, size * 3, 3)]
    docs.refresh_from_db()
    assert (docs.running, docs.counts["quarantined"]) == (False, size)
