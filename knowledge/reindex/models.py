"""How the index was made, and the rebuilds of it. `knowledge.reindex` writes them."""

from django.conf import settings
from django.db import models


class IndexRecord(models.Model):
    """How the index was made (knowledge.recipes): one row, part of the index and swapped together with it."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    model = models.CharField(max_length=500, help_text="As EMBEDDING_MODEL names it.")
    digest = models.CharField(max_length=64, blank=True, help_text="SHA-256 of its weights; empty: not known.")
    dimensions = models.PositiveSmallIntegerField()
    chunk_tokens = models.PositiveSmallIntegerField()
    chunking = models.PositiveSmallIntegerField(help_text="knowledge.recipes.CHUNKING")
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.CheckConstraint(name="indexrecord_is_one", condition=models.Q(id=1))]


class Reindex(models.Model):
    """A rebuild of the index. While it is active, whoever holds the lock works on it (knowledge.reindex.runs)."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting for a worker"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"
        ABORTED = "aborted", "Aborted"

    class Stage(models.TextChoices):
        EMBEDDING = "embedding", "Embedding articles"
        INDEXING = "indexing", "Building indexes"
        CHECKING = "checking", "Checking"
        SWAPPING = "swapping", "Swapping"

    ACTIVE = (State.WAITING, State.RUNNING)

    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    stage = models.CharField(max_length=9, choices=Stage, default=Stage.EMBEDDING)
    model = models.CharField(max_length=500, help_text="As EMBEDDING_MODEL names it.")
    digest = models.CharField(max_length=64, blank=True, help_text="SHA-256 of its weights, once it is loaded.")
    by_worker = models.BooleanField(help_text="Whether workers go on with it by themselves.")
    turn = models.PositiveIntegerField(default=0, help_text="Goes up with each task: one of an earlier turn is void.")
    done = models.PositiveIntegerField(default=0, help_text="Articles, or checks, of this stage.")
    total = models.PositiveIntegerField(default=0)
    abort_requested = models.BooleanField(default=False)
    error = models.CharField(max_length=1000, blank=True)
    result = models.JSONField(default=dict)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True)
    started_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-pk"]
        verbose_name_plural = "search index"
        constraints = [
            models.UniqueConstraint(
                models.Value(True),
                name="reindex_one_active",
                condition=models.Q(state__in=["waiting", "running"]),
            )
        ]

    def __str__(self) -> str:
        return f"Rebuild {self.pk}"
