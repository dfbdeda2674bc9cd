"""A next index with anything wrong does not go live, and it is said what is wrong."""

import pytest
from django.db import connection

from knowledge.models import Reindex
from knowledge.reindex import checks, tables, work
from tests.knowledge.publishing import publish
from tests.knowledge.reindexing import contents, litter, structure
from tests.knowledge.test_reindex_edits import Meanwhile

pytestmark = pytest.mark.usefixtures("index")

ONE = "(SELECT id FROM knowledge_chunk ORDER BY position LIMIT 1)"
ZEROES = "array_fill(0, ARRAY[384])::vector"
FAULTS = {
    "have other passages": f"DELETE FROM knowledge_posting WHERE chunk_id = {ONE}; DELETE FROM knowledge_chunk WHERE id = {ONE}",
    "no vector": f"UPDATE knowledge_chunk SET embedding = NULL, words = NULL WHERE id = {ONE}",
    "not of length 1": f"UPDATE knowledge_chunk SET embedding = embedding + embedding WHERE id = {ONE}",
    "are not of length 1": f"UPDATE knowledge_chunk SET embedding = {ZEROES} WHERE id = {ONE}",
    "too little, or too much": f"UPDATE knowledge_chunk SET words = '\\x00' WHERE id = {ONE}",
    "as often as they say": f"DELETE FROM knowledge_posting WHERE chunk_id = {ONE} AND lexeme = 'money'",
    "lack their article": f"UPDATE knowledge_posting SET impact = NULL WHERE chunk_id = {ONE}",
    "found by their own words": "UPDATE knowledge_chunk SET heading = '', text = 'Something else ' || md5(id::text)",
    "lacks chunk_embedding_hnsw": f"DROP INDEX {tables.NEXT}.chunk_embedding_hnsw; CREATE INDEX chunk_embedding_hnsw ON knowledge_chunk USING hnsw (embedding vector_l2_ops)",
}


@pytest.mark.parametrize("said", FAULTS)
def test_a_fault_stops_the_swap(said):
    """Red when the check of this fault is left out."""
    # What a search may miss are more passages than it returns.
    for number in range(30 if "found" in said else 8):
        publish(
            f"Help {number}",
            f"## Refunds\n\nMoney of order {number} comes back.\n\n## Shipping\n\nParcel {number} leaves.",
        )
    live, before = contents(), structure()

    def spoil():
        with tables.inside(), connection.cursor() as cursor:
            cursor.execute(FAULTS[said])

    with pytest.raises(work.Failed, match=said):
        work.run(Meanwhile("Checking", spoil))
    assert (contents(), structure()) == (live, before)
    assert Reindex.objects.get().state == "failed"
    assert said in Reindex.objects.get().error
    assert not litter()


@pytest.mark.parametrize(
    ("least", "said"), [("LEAST_FOUND", "Of 2 passages only 2 are found"), ("LEAST_RECALL", "finds only 100%")]
)
def test_a_search_that_finds_too_little_stops_the_swap(monkeypatch, least, said):
    """Red when the share is not compared."""
    publish("Help", "## Refunds\n\nMoney comes back.\n\n## Shipping\n\nParcels leave.")
    monkeypatch.setattr(checks, least, 1.01)
    with pytest.raises(work.Failed, match=said):
        work.run()


def test_wrong_dimensions_are_refused_by_the_column():
    publish("Help", "Text.")

    def spoil():
        with tables.inside(), connection.cursor() as cursor:
            cursor.execute("UPDATE knowledge_chunk SET embedding = array_fill(1, ARRAY[3])::vector")

    with pytest.raises(work.Failed, match="expected 384 dimensions, not 3"):
        work.run(Meanwhile("Checking", spoil))
