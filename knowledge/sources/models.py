"""Where articles come from by themselves, and what is known of each document there. `knowledge.sources` writes them."""

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models


class Source(models.Model):
    """A page, a sitemap or a folder whose documents become articles, again and again.

    `run` counts its syncs. One is under way while `running`; `holder` works on it until `lease_until`.
    """

    class Kind(models.TextChoices):
        URL = "url", "One web page"
        SITEMAP = "sitemap", "All pages of a sitemap"
        FOLDER = "folder", "A folder on the server"

    name = models.CharField(max_length=100, unique=True)
    kind = models.CharField(max_length=8, choices=Kind)
    location = models.CharField(max_length=2000, help_text="An http or https address, or the path of a folder.")
    interval_minutes = models.PositiveIntegerField(
        "sync every (minutes)",
        default=1440,
        validators=[MaxValueValidator(525_600)],
        help_text="0: only when asked to.",
    )
    enabled = models.BooleanField(default=True)
    audience = models.CharField(
        max_length=12,
        choices=[("everyone", "Everyone"), ("identified", "Identified customers only")],
        default="everyone",
    )
    tags = ArrayField(models.CharField(max_length=64), default=list, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    run = models.PositiveIntegerField(default=0, editable=False)
    running = models.BooleanField(default=False, editable=False)
    listed = models.BooleanField(default=False, editable=False, help_text="Whether this run knows what there is.")
    holder = models.CharField(max_length=64, blank=True, editable=False)
    lease_until = models.DateTimeField(null=True, editable=False)
    started_at = models.DateTimeField(null=True, editable=False)
    synced_at = models.DateTimeField("last complete sync", null=True, editable=False)
    error = models.CharField("last error", max_length=500, blank=True, editable=False)
    missing = models.PositiveIntegerField(default=0, editable=False, help_text="Gone documents to be confirmed.")
    confirmed = models.BooleanField(default=False, editable=False, help_text="The next run may archive what is gone.")
    counts = models.JSONField(default=dict, editable=False)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """The location must be one that may be read."""
        from knowledge.sources.listing import location_problem

        if problem := location_problem(self.kind, self.location):
            raise ValidationError({"location": problem})


class SourceItem(models.Model):
    """A document of a source: one page or file, from which come one or more articles."""

    class State(models.TextChoices):
        WAITING = "waiting"
        FINE = "ok", "OK"
        FAILED = "failed"
        QUARANTINED = "quarantined"
        GONE = "gone"

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="items")
    key = models.CharField("document", max_length=2000, help_text="Its address, or its path within the folder.")
    state = models.CharField(max_length=12, choices=State, default=State.WAITING)
    error = models.CharField("reason", max_length=500, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0, help_text="Tries that have begun and not ended.")
    seen_run = models.PositiveIntegerField(default=0)
    done_run = models.PositiveIntegerField(default=0)
    etag = models.CharField(max_length=500, blank=True)
    last_modified = models.CharField(max_length=100, blank=True)
    content_hash = models.CharField(max_length=64, blank=True)
    profile = models.CharField(max_length=64, blank=True, help_text="How it was made into articles.")

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["source", "key"], name="item_source_key")]

    def __str__(self) -> str:
        return self.key
