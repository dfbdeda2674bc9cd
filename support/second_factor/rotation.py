"""Bringing the secrets of second factors under the newest encryption key, while they are used."""

from collections import Counter
from collections.abc import Iterator

from allauth.mfa.models import Authenticator
from django.db import transaction

from config.common.rotation import BATCH, Outcome, outcome

# Where each kind keeps its secret. A security key has none: what we store of it is public.
SECRETS = {Authenticator.Type.TOTP: "secret", Authenticator.Type.RECOVERY_CODES: "seed"}


def count() -> int:
    """How many secrets there are."""
    number: int = Authenticator.objects.filter(type__in=SECRETS).count()
    return number


def renew() -> Iterator[Counter[Outcome]]:
    """Renew all of them, batch by batch; each under its row's lock, so that a code used meanwhile stays used."""
    rows = Authenticator.objects.filter(type__in=SECRETS).order_by("pk")
    batch = list(rows.values_list("pk", flat=True)[:BATCH])
    while batch:
        yield Counter(found for pk in batch if (found := _renew(pk)))
        batch = list(rows.filter(pk__gt=batch[-1]).values_list("pk", flat=True)[:BATCH])


@transaction.atomic
def _renew(pk: int) -> Outcome | None:
    row = Authenticator.objects.select_for_update().filter(pk=pk).first()
    if row is None:
        return None
    name = SECRETS[Authenticator.Type(row.type)]

    def replace(new: bytes) -> bool:
        row.data[name] = new.decode()
        row.save(update_fields=["data"])
        return True

    return outcome(row.data[name].encode(), replace)
