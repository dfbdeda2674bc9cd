"""`manage.py sync_sources`: bring articles up to their sources now."""

import sys
import uuid
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from knowledge.sources import sync as syncing
from knowledge.sources.models import Source
from support.management.progress import Report, quiet, stream

_COUNTED = ("created", "updated", "unchanged", "archived", "failed", "quarantined")


class Command(BaseCommand):
    """Safe to repeat, to interrupt, and to run beside a worker: one of them does the work."""

    help = (
        "Sync sources: all enabled ones, or those that are named. What has not changed is left alone; new passages are "
        "embedded by the worker. Exit code 1: something could not be synced."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("names", nargs="*", metavar="NAME", help="a source's name; none: all that are enabled")
        parser.add_argument(
            "--confirm", action="store_true", help="archive what is gone even if it is more than half of a source"
        )

    def handle(self, *args: Any, names: list[str], confirm: bool, **options: Any) -> None:
        """Sync one after the other, and sum up."""
        report = Report(stream(self.stdout), stream(self.stderr))
        fine = True
        with quiet():
            for source in _sources(names):
                if confirm:
                    syncing.confirm(source)
                fine &= self.sync(source, report)
        if not fine:
            sys.exit(1)

    def sync(self, source: Source, report: Report) -> bool:
        """Sync one source; returns whether all went well."""
        with report.stage(f"Syncing {source.name}", source.items.count()) as advance:
            syncing.sync(source.pk, holder=f"command:{uuid.uuid4()}", progress=advance)
        source.refresh_from_db()
        if source.running:
            report.complain(f"{source.name}: is being synced by somebody else")
            return False
        for item in source.items.exclude(error="").iterator():
            report.complain(f"{source.name}: {item.key}: {item.error}")
        if source.error:
            report.complain(f"{source.name}: {source.error}")
        counted = ", ".join(f"{source.counts.get(name, 0):,} {name}" for name in _COUNTED)
        report.say(f"{source.name}: {counted}")
        return not source.error


def _sources(names: list[str]) -> list[Source]:
    if not names:
        return list(Source.objects.filter(enabled=True))
    sources = {source.name: source for source in Source.objects.filter(name__in=names)}
    if unknown := [name for name in names if name not in sources]:
        known = ", ".join(Source.objects.values_list("name", flat=True)) or "none"
        raise CommandError(f"There is no source {unknown[0]!r}. Sources: {known}.")
    return [sources[name] for name in names]
