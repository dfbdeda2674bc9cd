"""Articles with immutable versions, and the chunks that searches find.

The chunks of an article are always those of its current version. A chunk without an embedding is not found yet.
"""

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from pgvector.django import HnswIndex, VectorField

from knowledge.curated.models import CuratedAnswer, CuratedHit, Phrasing
from knowledge.imports.models import ImportFile, ImportItem, ImportJob, ImportPiece
from knowledge.reindex.models import IndexRecord, Reindex
from knowledge.sources.models import Source, SourceItem

__all__ = [
    "Article",
    "ArticleVersion",
    "Chunk",
    "CuratedAnswer",
    "CuratedHit",
    "ImportFile",
    "ImportItem",
    "ImportJob",
    "ImportPiece",
    "IndexRecord",
    "Phrasing",
    "Pin",
    "Posting",
    "Reindex",
    "Source",
    "SourceItem",
]


class Article(models.Model):
    """A piece of knowledge. Text lives in its versions; `knowledge.ingestion` is the only writer."""

    class Status(models.TextChoices):
        DRAFT = "draft"
        PUBLISHED = "published"
        ARCHIVED = "archived"

    class Audience(models.TextChoices):
        EVERYONE = "everyone"
        IDENTIFIED = "identified", "Identified customers only"

    class IndexState(models.TextChoices):
        PENDING = "pending"
        INDEXED = "indexed"
        FAILED = "failed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    external_id = models.CharField(max_length=255, unique=True, null=True, blank=True)
    title = models.CharField(max_length=300)
    url = models.CharField(max_length=2000, blank=True)
    status = models.CharField(max_length=12, choices=Status, default=Status.DRAFT)
    audience = models.CharField(max_length=12, choices=Audience, default=Audience.EVERYONE)
    tags = ArrayField(models.CharField(max_length=64), default=list, blank=True)
    valid_from = models.DateTimeField(null=True, blank=True, help_text="Not found before; empty: no beginning.")
    valid_until = models.DateTimeField(null=True, blank=True, help_text="Not found from then on; empty: no end.")
    version = models.PositiveIntegerField(default=0)
    index_state = models.CharField(max_length=8, choices=IndexState, default=IndexState.PENDING, editable=False)
    index_error = models.CharField(max_length=500, blank=True, editable=False)
    index_attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    source_item = models.ForeignKey(
        "SourceItem", on_delete=models.SET_NULL, null=True, blank=True, editable=False, related_name="articles"
    )
    withdrawn = models.BooleanField(
        default=False, db_default=False, editable=False, help_text="Archived because its source no longer has it."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["title"]
        constraints = [
            models.CheckConstraint(
                name="article_valid_forwards", condition=models.Q(valid_from__lt=models.F("valid_until"))
            )
        ]

    def __str__(self) -> str:
        return self.title


class ArticleVersion(models.Model):
    """What an article said from one moment on; never changed."""

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=300)
    body = models.TextField()
    content_hash = models.CharField(max_length=64)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["article", "number"], name="version_article_number")]
        ordering = ["-number"]

    def __str__(self) -> str:
        return f"{self.title} (version {self.number})"


class Pin(models.Model):
    """A passage that a person wrote in the place of one that the article's text gave. It stays through every version."""

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="pins")
    replaces = models.CharField(max_length=64, help_text="Content hash of the passage in whose place it stands.")
    heading = models.CharField(max_length=500, blank=True)
    text = models.TextField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["article", "replaces"], name="pin_article_replaces")]
        ordering = ["id"]

    def __str__(self) -> str:
        return self.heading or self.text[:60]


class Chunk(models.Model):
    """A part of an article's current version that fits the embedding model's window."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="chunks", db_index=False)
    position = models.PositiveIntegerField()
    heading = models.CharField(max_length=500, blank=True, help_text="The path of headings above the text.")
    text = models.TextField()
    content_hash = models.CharField(max_length=64)
    # The column has the dimensions of the model that IndexRecord names.
    embedding = VectorField(null=True)
    words = models.BinaryField(null=True, help_text="Sign bits of the words' vectors (knowledge.interaction).")
    length = models.PositiveIntegerField(default=0, help_text="Number of lexemes, for BM25.")

    class Meta:
        ordering = ["article", "position"]
        indexes = [
            HnswIndex(
                name="chunk_embedding_hnsw",
                fields=["embedding"],
                m=16,
                ef_construction=64,
                opclasses=["vector_ip_ops"],
            ),
            models.Index(fields=["article"], include=["length"], name="chunk_article"),
            models.Index(fields=["article"], name="chunk_pending", condition=models.Q(embedding=None)),
        ]
        constraints = [
            models.CheckConstraint(
                name="chunk_embedded_whole",
                condition=models.Q(embedding=None, words=None) | models.Q(embedding__isnull=False, words__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return self.heading or self.text[:60]


class Posting(models.Model):
    """How often a lexeme occurs in a chunk: the inverted index that BM25 reads.

    Rows that a process of before 0003 writes have neither `article_id` nor `impact`; `statistics.refresh` adds them.
    """

    pk = models.CompositePrimaryKey("lexeme", "chunk_id")
    lexeme = models.CharField(max_length=100)
    chunk = models.ForeignKey(Chunk, on_delete=models.CASCADE, db_index=True, related_name="postings")
    frequency = models.FloatField(help_text="Occurrences; those in title and headings weigh more.")
    article_id = models.UUIDField(null=True, help_text="The chunk's article.")
    impact = models.FloatField(null=True, help_text="About what it adds to the chunk's BM25, 0 to 1, before idf.")

    class Meta:
        indexes = [
            models.Index(
                models.F("lexeme"),
                models.F("impact").desc(nulls_last=True),
                include=["chunk_id"],
                name="posting_by_impact",
            ),
            models.Index(fields=["lexeme", "article_id"], include=["chunk_id", "frequency"], name="posting_by_article"),
            models.Index(fields=["chunk"], condition=models.Q(article_id=None), name="posting_incomplete"),
        ]


class Lexeme(models.Model):
    """In how many chunks a common lexeme occurs, as last counted (knowledge.statistics)."""

    lexeme = models.CharField(max_length=100, primary_key=True)
    chunks = models.PositiveIntegerField()


class Collection(models.Model):
    """How large the index is, as last counted (knowledge.statistics): one row, none while it is small."""

    chunks = models.PositiveIntegerField()
    chunk_length = models.FloatField(help_text="Mean number of lexemes of a chunk.")
    article_length = models.FloatField(help_text="Mean number of lexemes of an article.")
    counted_at = models.DateTimeField(auto_now=True)
