"""The tables of the trail. A trigger of the database refuses to change, and to delete, what is in them (migration 0002)."""

from django.db import models
from django.db.models.functions import Now


class Entry(models.Model):
    """One thing that was done; written by `trail.record` in the transaction of that thing.

    No foreign keys: an entry outlives what it is about.
    """

    class Kind(models.TextChoices):
        STAFF = "staff", "Staff"
        API_KEY = "api_key", "API key"
        CUSTOMER = "customer", "Customer"
        SYSTEM = "system", "System"
        NOBODY = "nobody", "Nobody signed in"

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(help_text="By the database's clock.")
    actor_kind = models.CharField(max_length=16, choices=Kind)
    actor_id = models.CharField(max_length=64, blank=True)
    action = models.CharField(max_length=40, help_text="One of `actions.Action`.")
    object_type = models.CharField(max_length=40)
    object_id = models.CharField(max_length=64, blank=True)
    request_id = models.CharField(max_length=128, blank=True)
    address = models.CharField(max_length=64, blank=True, help_text="Of staff and integrations, never of customers.")
    details = models.JSONField(default=dict)
    mac = models.CharField(max_length=64, help_text="Over all other fields, with a key that the database has not.")

    class Meta:
        verbose_name = "audit entry"
        verbose_name_plural = "audit entries"
        indexes = [
            models.Index(fields=["actor_kind", "actor_id", "-id"], name="audit_by_actor"),
            models.Index(fields=["action", "-id"], name="audit_by_action"),
            models.Index(fields=["object_type", "object_id", "-id"], name="audit_by_object"),
            models.Index(fields=["at"], name="audit_by_time"),
            models.Index(fields=["request_id"], name="audit_by_request", condition=~models.Q(request_id="")),
        ]

    def __str__(self) -> str:
        return f"Entry {self.pk}"


class Link(models.Model):
    """An entry's place in the chain, given to it after its commit. `mac` covers the entry's and the link before."""

    number = models.BigIntegerField(primary_key=True)
    entry = models.OneToOneField(Entry, models.DO_NOTHING, db_constraint=False, related_name="link")
    mac = models.CharField(max_length=64)


class Unsealed(models.Model):
    """An entry that has no place in the chain yet; a trigger writes it along with the entry."""

    entry = models.OneToOneField(Entry, models.DO_NOTHING, db_constraint=False, primary_key=True)
    since = models.DateTimeField(db_default=Now())


class Checkpoint(models.Model):
    """Up to which link the trail was cut off, and that link's `mac`, on which the rest builds."""

    number = models.BigIntegerField(primary_key=True)
    link_mac = models.CharField(max_length=64)
    mac = models.CharField(max_length=64, help_text="Over both.")
    at = models.DateTimeField(db_default=Now())
