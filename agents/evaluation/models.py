"""Runs over golden questions, kept so that the next one can be compared."""

from django.db import models
from django.db.models.functions import Now


class AnswerEvaluation(models.Model):
    """One run of `manage.py evaluate_answers`.

    figures: `agents.evaluation.figures.summarise`. kinds: the share that passed, by kind. outcomes: of each question
    {key, question, kind, expected, came, cited, passed}.
    """

    folder = models.CharField(max_length=500)
    engine = models.CharField(max_length=200, help_text="The language model, or extractive.")
    questions = models.PositiveIntegerField()
    figures = models.JSONField()
    kinds = models.JSONField()
    outcomes = models.JSONField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["folder", "engine", "-created_at"], name="answer_evaluation_last")]
        verbose_name = "answer evaluation"

    def __str__(self) -> str:
        return f"{self.folder} ({self.engine})"
