"""What must be true of the next index before it may go live. Each check says in one sentence what is wrong, or nothing."""

from collections.abc import Callable
from uuid import UUID

from django.db import connection
from pgvector.django import MaxInnerProduct

from knowledge import retrieval
from knowledge.audience import EVERYTHING, VISIBLE
from knowledge.models import Article, Chunk
from knowledge.plaintext import plain
from knowledge.recipes import Recipe
from knowledge.reindex import building, tables
from knowledge.reindex.tables import NEXT, inside
from knowledge.statistics import COUNTED

# Searches that are tried, and how many of them must go well.
SAMPLE = 50
LEAST_FOUND = LEAST_RECALL = 0.9
_NEAREST = 10
_QUESTION_CHARACTERS = 300
# Float32 rounding of a unit vector.
_LENGTH_TOLERANCE = 1e-3

Advance = Callable[[int], None]

# Each counts what must not be there.
_VECTORS = {
    "{} passages have no vector.": """
        SELECT count(*) FROM knowledge_chunk c JOIN knowledge_article a ON a.id = c.article_id
        WHERE embedding IS NULL AND a.index_state <> 'failed'""",
    "{} vectors are not of the model's dimensions.": """
        SELECT count(*) FROM knowledge_chunk WHERE vector_dims(embedding) <> %(dimensions)s""",
    "{} vectors are not of length 1.": f"""
        SELECT count(*) FROM knowledge_chunk WHERE NOT abs(vector_norm(embedding) - 1) < {_LENGTH_TOLERANCE}""",
    "{} passages have too little, or too much, for their words.": """
        SELECT count(*) FROM knowledge_chunk WHERE mod(octet_length(words), %(word_bytes)s) <> 0""",
}
_LEXICAL = {
    "{} passages are not in the inverted index as often as they say.": """
        SELECT count(*) FROM knowledge_chunk c LEFT JOIN (
            SELECT chunk_id, ceil(sum(frequency)) AS length FROM knowledge_posting GROUP BY 1
        ) p ON p.chunk_id = c.id WHERE c.length <> coalesce(p.length, 0)""",
    "{} entries of the inverted index lack their article or impact.": """
        SELECT count(*) FROM knowledge_posting WHERE article_id IS NULL OR impact IS NULL""",
    "The statistics do not say how many passages there are.": f"""
        SELECT count(*) FROM (SELECT count(*) AS chunks FROM knowledge_chunk) there
        LEFT JOIN knowledge_collection counted ON true
        WHERE there.chunks >= {COUNTED} AND abs(coalesce(counted.chunks, 0) - there.chunks) > 0.02 * there.chunks""",
}


class CheckFailed(Exception):
    """The next index is not as it should be; the message says what is wrong with it."""


def contents(recipe: Recipe, advance: Advance) -> None:
    """Whether each article has the chunks that a fresh split gives. Those changed since are left out. Raises CheckFailed."""
    wrong = []
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT article_id, version, pins FROM {NEXT}.built")
        rows = cursor.fetchall()
    for article_id, version, pins in rows:
        fresh = building.read(article_id, recipe)
        if fresh and (fresh.version, fresh.pins) == (version, pins):
            there = _hashes(article_id)
            if there != [chunk.content_hash for chunk in fresh.chunks]:
                wrong.append(f"“{fresh.article.title}” has {len(there)} passages instead of {len(fresh.chunks)}")
        advance(1)
    if wrong:
        raise CheckFailed(f"{len(wrong)} articles have other passages than their text gives: {'; '.join(wrong[:3])}.")


def _hashes(article_id: UUID) -> list[str]:
    with inside():
        return list(
            Chunk.objects.filter(article=article_id).order_by("position").values_list("content_hash", flat=True)
        )


def structure() -> None:
    """Whether all indexes of the live tables are there. Raises CheckFailed."""
    if missing := tables.missing_indexes():
        raise CheckFailed(f"It lacks {', '.join(missing)}.")


def vectors(recipe: Recipe) -> None:
    """Whether all vectors are there, and are what they should be. Raises CheckFailed."""
    _count(_VECTORS, recipe)


def lexical(recipe: Recipe) -> None:
    """Whether postings and statistics say what the chunks say. Raises CheckFailed."""
    _count(_LEXICAL, recipe)


def _count(checks: dict[str, str], recipe: Recipe) -> None:
    parameters = {"dimensions": recipe.dimensions, "word_bytes": recipe.dimensions // 8}
    with inside(), connection.cursor() as cursor:
        for sentence, query in checks.items():
            cursor.execute(query, parameters)
            (wrong,) = cursor.fetchone()
            if wrong:
                raise CheckFailed(sentence.format(f"{wrong:,}"))


def searches(advance: Advance) -> dict[str, float]:
    """Whether passages are found by what they say, and the vectors' index finds the nearest. Raises CheckFailed.

    Returns `{sample, found, recall}`: how many were tried, the share of those that a search found, and how many of the
    nearest ten of an exact scan the index has (recall@10).
    """
    sample = _sample()
    if not sample:
        return {"sample": 0}
    found = recall = 0.0
    for chunk in sample:
        found += _is_found(chunk)
        recall += _recall(chunk)
        advance(1)
    result = {"sample": len(sample), "found": found / len(sample), "recall": recall / len(sample)}
    if result["found"] < LEAST_FOUND:
        raise CheckFailed(f"Of {len(sample)} passages only {found:.0f} are found by their own words.")
    if result["recall"] < LEAST_RECALL:
        raise CheckFailed(f"The vectors' index finds only {result['recall']:.0%} of the nearest passages.")
    return result


def _sample() -> list[Chunk]:
    visible = f"SELECT c.id FROM knowledge_chunk c JOIN knowledge_article a ON a.id = c.article_id WHERE {VISIBLE}"
    with inside(), connection.cursor() as cursor:
        cursor.execute(
            f"{visible} AND c.embedding IS NOT NULL ORDER BY random() LIMIT {SAMPLE}", EVERYTHING.parameters()
        )
        ids = [pk for (pk,) in cursor.fetchall()]
        return list(Chunk.objects.select_related("article").filter(pk__in=ids))


def _is_found(chunk: Chunk) -> bool:
    """Whether a search finds it, or one that says the same; what became invisible meanwhile is not looked for."""
    question = f"{chunk.heading} {plain(chunk.text)}"[:_QUESTION_CHARACTERS]
    with inside():
        passages = retrieval.search(question, EVERYTHING, retrieval.MAX_LIMIT).passages
        if any(passage.text == chunk.text for passage in passages):
            return True
        visible = Article.objects.filter(pk=chunk.article_id, status=Article.Status.PUBLISHED)
        return not visible.filter(version=chunk.article.version).exists()


def _recall(chunk: Chunk) -> float:
    """Of what an exact scan finds nearest, the share that the index finds; equals count as each other."""
    exact, found = _distances(chunk, "enable_indexscan"), _distances(chunk, "enable_seqscan")
    return sum(distance <= exact[-1] + 1e-6 for distance in found) / len(exact)


def _distances(chunk: Chunk, without: str) -> list[float]:
    distance = MaxInnerProduct("embedding", chunk.embedding)
    with inside(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL {without} = off; SET LOCAL hnsw.ef_search = 160")
        found = Chunk.objects.exclude(embedding=None).order_by(distance)
        return list(found.values_list(distance, flat=True)[:_NEAREST])
