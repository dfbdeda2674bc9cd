"""What was erased. `support.privacy.erasing` is the only writer."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Erasure(models.Model):
    """The manifest of one erasure, without anything of the person.

    `marks` are salted hashes of the ids that were erased: who has an id can tell that it was, and whoever looks through
    the tables finds an id that is left; nobody can tell an id from its mark.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    by = models.CharField(max_length=150, help_text="A username, or the command.")
    erased_at = models.DateTimeField(db_index=True)
    removed = models.JSONField(help_text="How many rows, by table; and sessions.")
    salt = models.CharField(max_length=32)
    marks = ArrayField(models.CharField(max_length=32))
    digest = models.CharField(max_length=64, help_text="SHA-256 of all this.")
    settled_at = models.DateTimeField(null=True, help_text="Since then nobody looks for latecomers any more.")

    class Meta:
        ordering = ["-erased_at"]
        default_permissions = ("view",)
        permissions = [("erase_customer", "Can erase a customer"), ("export_customer", "Can export a customer")]

    def __str__(self) -> str:
        return f"Erasure {str(self.id)[:8]}"
