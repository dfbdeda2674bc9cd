"""Entries for what is changed through forms of the admin."""

import json
from typing import Any

from django.contrib import admin
from django.db import transaction
from django.db.models import Model
from django.http import HttpRequest

from config.common.audit.actions import Action
from config.common.audit.trail import record


class NotingDeletions(admin.ModelAdmin):  # type: ignore[type-arg]
    """A model admin whose deletions leave an entry, in the same transaction."""

    deletion = Action.SETTING_DELETED

    def note(self, action: Action, obj: Model, **details: Any) -> None:
        """Write the entry. Admins say here what else it should tell."""
        record(action, str(obj._meta.model_name), obj.pk, **details)

    @transaction.atomic
    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        self.note(self.deletion, obj)
        super().delete_model(request, obj)

    @transaction.atomic
    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        for obj in queryset:
            self.note(self.deletion, obj)
        super().delete_queryset(request, queryset)


class Noting(NotingDeletions):
    """One whose additions and changes do too, with the names of the fields and not their values.

    Django's form pages save and log in one transaction; a page of our own has to see to it.
    """

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        self.note(Action.SETTING_ADDED, obj)
        return super().log_addition(request, obj, message)

    @transaction.atomic
    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        if message:  # none: saved without a change
            self.note(Action.SETTING_CHANGED, obj, **changed(message))
        return super().log_change(request, obj, message)


def changed(message: Any) -> dict[str, Any]:
    """What Django's message on a change names: fields, and kinds of rows that were added, changed or deleted beside."""
    if isinstance(message, str):
        return {"note": message[:200]}
    found: list[str] = []
    for part in json.loads(json.dumps(message, default=str)):
        for verb, what in part.items():
            found += what.get("fields", [])
            found += [f"{what['name']}: {verb}"] if "name" in what else []
    return {"fields": found}
