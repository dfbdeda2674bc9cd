"""Curated answers, the ways in which their questions are asked, and when they were given."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from pgvector.django import VectorField

from knowledge.curated.limits import MAX_PHRASING


class CuratedAnswer(models.Model):
    """A question and the one answer to it. `knowledge.curated.writing` is the only writer."""

    class Audience(models.TextChoices):
        EVERYONE = "everyone"
        IDENTIFIED = "identified", "Identified customers only"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    question = models.CharField(max_length=MAX_PHRASING)
    answer = models.TextField()
    enabled = models.BooleanField(default=True)
    audience = models.CharField(max_length=12, choices=Audience, default=Audience.EVERYONE)
    tags = ArrayField(models.CharField(max_length=64), default=list, blank=True)
    valid_from = models.DateTimeField(null=True, blank=True, help_text="Not given before; empty: no beginning.")
    valid_until = models.DateTimeField(null=True, blank=True, help_text="Not given from then on; empty: no end.")
    revision = models.PositiveIntegerField(default=1, editable=False, help_text="Counts changes.")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["question"]
        constraints = [
            models.CheckConstraint(
                name="curated_valid_forwards", condition=models.Q(valid_from__lt=models.F("valid_until"))
            )
        ]

    def __str__(self) -> str:
        return self.question


class Phrasing(models.Model):
    """One way to ask the question; the question itself is the first."""

    answer = models.ForeignKey(CuratedAnswer, on_delete=models.CASCADE, related_name="phrasings")
    position = models.PositiveSmallIntegerField()
    text = models.CharField(max_length=MAX_PHRASING)
    embedding = VectorField()
    model = models.CharField(max_length=64, help_text="Digest of the model that gave the vector.")

    class Meta:
        ordering = ["answer", "position"]

    def __str__(self) -> str:
        return self.text


class CuratedHit(models.Model):
    """That an answer was given. Rows are only added, so that turns never wait for each other."""

    answer = models.ForeignKey(CuratedAnswer, on_delete=models.CASCADE, related_name="hits", db_index=False)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["answer", "-at"], name="curated_hit_answer")]

    def __str__(self) -> str:
        return f"{self.answer_id} at {self.at}"
