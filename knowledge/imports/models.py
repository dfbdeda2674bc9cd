"""Imports by upload: what was uploaded, what would become of it, and what did. `knowledge.imports` writes them."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models


class ImportJob(models.Model):
    """One upload on its way to articles. Imports of the same name belong together."""

    class State(models.TextChoices):
        READING = "reading", "Being read"
        READY = "ready", "Needs a decision"
        APPLYING = "applying", "Being imported"
        DONE = "imported", "Imported"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"
        UNDOING = "undoing", "Being undone"
        UNDONE = "undone", "Undone"

    ACTIVE = (State.READING, State.APPLYING, State.UNDOING)

    name = models.CharField(max_length=100)
    new_status = models.CharField(
        "new articles become",
        max_length=12,
        choices=[("published", "Published"), ("draft", "Drafts")],
        default="published",
    )
    audience = models.CharField(
        max_length=12,
        choices=[("everyone", "Everyone"), ("identified", "Identified customers only")],
        default="everyone",
    )
    tags = ArrayField(models.CharField(max_length=64), default=list, blank=True)
    archive_missing = models.BooleanField(default=False)
    state = models.CharField(max_length=9, choices=State, default=State.READING, editable=False)
    error = models.CharField(max_length=500, blank=True, editable=False)
    done = models.PositiveIntegerField(default=0, editable=False, help_text="Files that have been read.")
    total = models.PositiveIntegerField(default=0, editable=False, help_text="Files, those in archives among them.")
    attempts = models.PositiveSmallIntegerField(default=0, editable=False, help_text="Tries of what is next.")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ["-pk"]
        verbose_name = "import"
        verbose_name_plural = "jobs"

    def __str__(self) -> str:
        return self.name


class ImportFile(models.Model):
    """An uploaded file, until it has been read."""

    job = models.ForeignKey(ImportJob, on_delete=models.CASCADE, related_name="files")
    name = models.CharField(max_length=255)

    class Meta:
        ordering = ["pk"]


class ImportPiece(models.Model):
    """A part of an uploaded file's bytes: workers may run on another machine than the web process."""

    file = models.ForeignKey(ImportFile, on_delete=models.CASCADE, related_name="pieces")
    data = models.BinaryField()

    class Meta:
        ordering = ["pk"]


class ImportItem(models.Model):
    """What one document, or one article that is missing, would come to, and what it came to.

    `base_version` is the version that the plan was made for, `made_version` the one that was made, `before` the
    article's fields, each with its value before and after. The text is kept until the import has ended.
    """

    class Plan(models.TextChoices):
        CREATE = "create", "Created"
        CHANGE = "change", "Changed"
        UNCHANGED = "unchanged", "Unchanged"
        ARCHIVE = "archive", "Archived"
        REFUSE = "refuse", "Refused"

    class State(models.TextChoices):
        PLANNED = "planned"
        APPLIED = "applied"
        LEFT = "left", "Left alone"
        UNDONE = "undone"

    # What a plan is called while it is one.
    AHEAD = {Plan.CREATE: "To create", Plan.CHANGE: "To change", Plan.ARCHIVE: "To archive"}
    # What would be written.
    WRITES = (Plan.CREATE, Plan.CHANGE, Plan.ARCHIVE)

    job = models.ForeignKey(ImportJob, on_delete=models.CASCADE, related_name="items")
    file = models.PositiveIntegerField(help_text="Which of the files it comes from, counted from 0.")
    where = models.CharField(max_length=500)
    external_id = models.CharField(max_length=255, blank=True)
    title = models.CharField(max_length=300, blank=True)
    body = models.TextField(blank=True)
    url = models.CharField(max_length=2000, blank=True)
    size = models.PositiveIntegerField(default=0, help_text="Characters of its text.")
    plan = models.CharField(max_length=9, choices=Plan)
    state = models.CharField(max_length=7, choices=State, default=State.PLANNED)
    reason = models.CharField(max_length=500, blank=True)
    article = models.ForeignKey("Article", on_delete=models.SET_NULL, null=True, related_name="import_items")
    base_version = models.PositiveIntegerField(default=0)
    made_version = models.PositiveIntegerField(default=0)
    before = models.JSONField(default=dict)

    class Meta:
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["job", "plan"], name="importitem_job_plan"),
            models.Index(fields=["job"], condition=models.Q(state="planned"), name="importitem_planned"),
        ]
