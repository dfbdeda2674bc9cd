"""`manage.py ingest`."""

import json
from io import StringIO
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from kombu.exceptions import OperationalError

from knowledge import ingestion, retrieval, tasks
from knowledge.audience import Audience
from knowledge.ingestion import Draft
from knowledge.models import Article, Chunk
from sessions_app.models import Inbox

pytestmark = pytest.mark.django_db


def ingest(*arguments):
    out, err = StringIO(), StringIO()
    code: Any = 0
    try:
        call_command("ingest", *map(str, arguments), stdout=out, stderr=err)
    except SystemExit as end:
        code = end.code
    return SimpleNamespace(code=code, summary=out.getvalue().splitlines()[-1], err=err.getvalue())


@pytest.fixture
def docs(tmp_path):
    folder = tmp_path / "docs"
    (folder / "more").mkdir(parents=True)
    (folder / "refunds.md").write_text("# Refunds\n\nYou get your money back within 14 days.\n")
    (folder / "more" / "refunds.md").write_text("# Shipping\n\nParcels leave our warehouse every morning.\n")
    return folder


def test_files_become_articles_that_are_found(docs):
    result = ingest(docs)
    assert (result.code, result.summary) == (0, "2 created, 0 updated, 0 unchanged, 0 failed")
    article = Article.objects.get(external_id=f"file:{docs}/refunds.md")
    assert (article.status, article.index_state, article.tags) == ("published", "indexed", [])
    found = retrieval.search("how long does a refund take", Audience()).passages
    assert found[0].article_id == article.pk


def test_a_second_import_leaves_the_unchanged_alone(docs):
    ingest(docs)
    before = set(Chunk.objects.values_list("id", flat=True))
    (docs / "refunds.md").write_text("# Refunds\n\nYou get your money back within 10 days.\n")
    assert ingest(docs).summary == "0 created, 1 updated, 1 unchanged, 0 failed"
    assert len(before & set(Chunk.objects.values_list("id", flat=True))) == 1
    assert ingest(docs).summary == "0 created, 0 updated, 2 unchanged, 0 failed"
    assert sorted(Article.objects.values_list("version", flat=True)) == [1, 2]


def test_files_of_the_same_name_do_not_collide(docs, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    (other / "refunds.md").write_text("# Refunds elsewhere\n\nText.\n")
    ingest(docs, other)
    assert Article.objects.count() == 3


def test_what_fails_is_named_and_the_rest_is_imported(docs, tmp_path):
    (docs / "bad.txt").write_bytes(b"\xff")
    (docs / "manual.doc").write_bytes(b"x")
    lines = [
        json.dumps({"id": "1", "title": "One", "text": "Text."}),
        "{bad",
        json.dumps({"id": "1", "text": "Again."}),
    ]
    (docs / "all.jsonl").write_text("\n".join(lines))
    result = ingest(docs, tmp_path / "gone")
    assert result.code == 1
    assert result.summary == "3 created, 0 updated, 0 unchanged, 4 failed, 1 skipped"
    assert f"{docs}/bad.txt: is not UTF-8 text" in result.err
    assert f"{docs}/manual.doc: Word's old format is not read; save it as .docx; skipped" in result.err
    assert f"{docs}/all.jsonl:2: is not valid JSON" in result.err
    assert f"{docs}/all.jsonl:3: has the same id as {docs}/all.jsonl:1: 1" in result.err
    assert f"{tmp_path}/gone: there is no such file or folder" in result.err
    assert Article.objects.get(external_id="1").versions.get().body == "Text."


def test_what_a_person_archived_stays_archived(docs):
    ingest(docs)
    article = Article.objects.get(external_id=f"file:{docs}/refunds.md")
    ingestion.save(Draft(status="archived"), article)
    (docs / "refunds.md").write_text("# Refunds\n\nYou get your money back within 10 days.\n")
    assert ingest(docs).summary == "0 created, 1 updated, 1 unchanged, 0 failed"
    article.refresh_from_db()
    assert (article.status, article.chunks.count()) == ("archived", 0)


def test_an_interrupted_import_is_finished_by_the_next(docs):
    ingest(docs)
    Chunk.objects.update(embedding=None, words=None)
    Article.objects.update(index_state="pending")
    assert ingest(docs).summary == "0 created, 0 updated, 2 unchanged, 0 failed"
    assert not Chunk.objects.filter(embedding=None).exists()
    assert set(Article.objects.values_list("index_state", flat=True)) == {"indexed"}


def test_an_article_that_cannot_be_embedded_is_reported(docs):
    ingest(docs)
    Chunk.objects.update(embedding=None, words=None)
    Article.objects.update(index_attempts=ingestion.MAX_ATTEMPTS)
    result = ingest(docs)
    assert result.code == 1
    assert f"file:{docs}/refunds.md: Embedding was tried 3 times" in result.err


def test_an_inboxs_articles_are_for_that_inbox(docs):
    inbox = Inbox.objects.create(key="shop", name="Shop", tags=["vip"])
    ingest(docs, "--inbox", "shop")
    inbox.refresh_from_db()
    assert inbox.tags == ["vip", "inbox:shop"]
    assert set(map(tuple, Article.objects.values_list("tags", flat=True))) == {("inbox:shop",)}
    question = "how long does a refund take"
    assert retrieval.search(question, inbox.audience(identified=False)).passages
    assert not retrieval.search(question, Audience(tags=("inbox:other",))).passages
    assert ingest(docs, "--inbox", "shop").summary == "0 created, 0 updated, 2 unchanged, 0 failed"
    inbox.refresh_from_db()
    assert inbox.tags == ["vip", "inbox:shop"]


def test_a_second_inbox_shares_the_articles_of_the_first(docs):
    for key in ("shop", "blog"):
        Inbox.objects.create(key=key, name=key)
        ingest(docs, "--inbox", key)
    assert set(map(tuple, Article.objects.values_list("tags", flat=True))) == {("inbox:shop", "inbox:blog")}


def test_an_unknown_inbox_is_refused(docs):
    Inbox.objects.create(key="shop", name="Shop")
    with pytest.raises(CommandError, match=r"There is no inbox 'shpo'. Inboxes: shop."):
        ingest(docs, "--inbox", "shpo")
    assert not Article.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_it_works_while_redis_is_away(docs, monkeypatch):
    def refuse(article_id):
        raise OperationalError("Connection refused")

    monkeypatch.setattr(tasks.embed_article, "delay", refuse)
    assert ingest(docs).summary == "2 created, 0 updated, 0 unchanged, 0 failed"
    assert set(Article.objects.values_list("index_state", flat=True)) == {"indexed"}


def test_a_terminal_gets_a_bar(docs):
    class Terminal(StringIO):
        def isatty(self):
            return True

    (docs / "we[red]ird.txt").write_bytes(b"\xff")
    out = Terminal()
    with pytest.raises(SystemExit):
        call_command("ingest", str(docs), stdout=out, stderr=StringIO())
    shown = out.getvalue()
    assert "━" in shown
    assert "we[red]ird.txt: is not UTF-8 text" in shown
    assert shown.rstrip().endswith("2 created, 0 updated, 0 unchanged, 1 failed")
