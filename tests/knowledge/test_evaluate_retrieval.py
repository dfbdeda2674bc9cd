"""`manage.py evaluate_retrieval`: a small collection, and what can be wrong with one."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from knowledge.models import Article, Chunk
from tests.knowledge.publishing import publish

pytestmark = pytest.mark.django_db

DOCUMENTS = {
    "refunds": ("Refunds", "You get your money back within 14 days."),
    "shipping": ("Shipping", "Parcels leave our warehouse every morning."),
    "codes": ("Error codes", "E4711 means that the printer is out of paper."),
}
QUERIES = {"q1": "how do I get my money back", "q2": "E4711", "q3": "who is your CEO", "q4": "when do you dispatch"}
QRELS = "query-id\tdocument-id\tscore\nq1\trefunds\t1\nq2\tcodes\t2\nq3\tcodes\t0\nq4\tshipping\t1\n"


@pytest.fixture
def folder(tmp_path):
    rows = [{"id": name, "title": title, "text": text} for name, (title, text) in DOCUMENTS.items()]
    (tmp_path / "corpus.jsonl").write_text("\n".join(map(json.dumps, rows)))
    rows = [{"id": name, "text": text} for name, text in QUERIES.items()]
    (tmp_path / "queries.jsonl").write_text("\n".join(map(json.dumps, rows)))
    (tmp_path / "qrels.tsv").write_text(QRELS)
    return tmp_path


def evaluate(folder, *args) -> dict:
    out = StringIO()
    call_command("evaluate_retrieval", str(folder), "--json", *args, stdout=out, stderr=StringIO())
    return json.loads(out.getvalue())


def test_the_figures(folder):
    result = evaluate(folder)
    assert (result["queries"], result["unjudged"]) == (3, 1)
    for name in ("Hit@1", "Hit@10", "Recall@5", "nDCG@5", "nDCG@10", "MRR@10"):
        assert result[name] == 1.0
    assert 0 < result["p50_ms"] <= result["p95_ms"]


def test_the_real_knowledge_base_is_neither_searched_nor_changed(folder):
    """Red when `scratch.knowledge_base` creates no temporary tables."""
    article = publish("Money", "How do I get my money back? Ask here.")
    before = Chunk.objects.get()
    assert evaluate(folder)["Hit@1"] == 1.0
    assert Article.objects.get() == article
    assert Chunk.objects.get() == before


def test_other_questions(folder):
    (folder / "more.jsonl").write_text(json.dumps({"id": "q1", "text": "printer"}))
    for name in ("more.jsonl", str(folder / "more.jsonl")):
        assert evaluate(folder, "--queries", name)["Hit@1"] == 0.0


def test_a_table_for_people(folder):
    out = StringIO()
    call_command("evaluate_retrieval", str(folder), stdout=out)
    assert "Recall@5" in out.getvalue()


@pytest.mark.parametrize(
    ("file", "content", "complaint"),
    [
        ("corpus.jsonl", None, "corpus.jsonl"),
        ("corpus.jsonl", "{", "line 1: not JSON"),
        ("corpus.jsonl", "[]", "line 1: not a JSON object"),
        ("corpus.jsonl", '{"id": "a"}', "line 1: 'text' must be text"),
        ("corpus.jsonl", '{"id": "a", "text": "x"}\n{"id": "a", "text": "y"}', "twice"),
        ("queries.jsonl", None, "queries.jsonl"),
        ("queries.jsonl", '{"id": 1, "text": "x"}', "'id' must be text"),
        ("qrels.tsv", None, "qrels.tsv"),
        ("qrels.tsv", "q1\trefunds\t1\nq2 codes 1", "qrels.tsv, line 2"),
        ("qrels.tsv", "q9\trefunds\t1", "no question with a relevant document"),
        ("corpus.jsonl", b"\xff\xfe", "corpus.jsonl"),
    ],
)
def test_a_bad_collection_is_refused_with_the_place(folder, file, content, complaint):
    if content is None:
        (folder / file).unlink()
    else:
        (folder / file).write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(CommandError, match=complaint):
        evaluate(folder)
