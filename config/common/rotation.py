"""Bringing what is stored under the newest encryption key, while others read and write it."""

from collections import Counter
from collections.abc import Callable, Iterator

from django.apps import apps
from django.db.models import F, Model, QuerySet, TextField
from django.db.models.functions import Cast

from config.common.crypto import EncryptedTextField, InvalidToken, box, renewed

BATCH = 200

# What became of the pieces: `renewed`, `current` (they were under the newest key), `unreadable` (no key fits), or
# `changed` (somebody else wrote it meanwhile, under the newest key).
Outcome = str


def outcome(data: bytes, replace: Callable[[bytes], bool]) -> Outcome:
    """Renew one piece: `replace` stores it unless what is stored is not `data` any more, and says whether it did."""
    try:
        new = renewed(data)
    except InvalidToken:
        return "unreadable"
    if new is None:
        return "current"
    return "renewed" if replace(new) else "changed"


def encrypted_fields() -> list[tuple[type[Model], str]]:
    """Every encrypted field of every model."""
    return [
        (model, field.name)
        for model in apps.get_models()
        for field in model._meta.local_concrete_fields
        if isinstance(field, EncryptedTextField)
    ]


def renew_field(model: type[Model], name: str) -> Iterator[Counter[Outcome]]:
    """Renew one field of all rows, batch by batch; a row that is written meanwhile keeps what was written."""
    rows = model._base_manager.annotate(stored=Cast(F(name), TextField())).exclude(stored=None).order_by("pk")
    batch = list(rows.values_list("pk", "stored")[:BATCH])
    while batch:
        yield Counter(outcome(stored.encode(), _replace(rows, name, pk, stored)) for pk, stored in batch)
        batch = list(rows.filter(pk__gt=batch[-1][0]).values_list("pk", "stored")[:BATCH])


def _replace(rows: QuerySet[Model], name: str, pk: object, stored: str) -> Callable[[bytes], bool]:
    def write(new: bytes) -> bool:
        return bool(rows.filter(pk=pk, stored=stored).order_by().update(**{name: box().decrypt(new).decode()}))

    return write
