"""`manage.py ingest`: files and folders into articles, searchable when it ends."""

import sys
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.db.models import Count

from knowledge import bulk
from knowledge.converters import KNOWN, convert, count
from knowledge.converters.folders import Selection, select
from knowledge.converters.storing import Import
from knowledge.limits import MAX_TAG
from knowledge.models import Article, Chunk
from sessions_app.models import Inbox
from support.management.inboxes import inbox_of
from support.management.progress import Report, quiet, stream

_COUNTED = ("created", "updated", "unchanged", "failed")


class Command(BaseCommand):
    """Safe to repeat and to interrupt: what is unchanged is left alone."""

    help = (
        f"Import files and folders as articles ({KNOWN}; JSONL holds {{id, title, text, url}} per line). "
        "Run it again after changes: unchanged articles are left alone. Exit code 1: something could not be imported."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("paths", nargs="+", metavar="PATH", type=Path, help="a file or a folder")
        parser.add_argument(
            "--inbox", metavar="KEY", help="the inbox that the articles are for; without it, all inboxes"
        )

    def handle(self, *args: Any, paths: list[Path], inbox: str | None, **options: Any) -> None:
        """Store, embed, sum up."""
        report = Report(stream(self.stdout), stream(self.stderr))
        run = Import(tag=tag_for(inbox_of(inbox)) if inbox else None)
        with quiet():
            try:
                self.store(select(paths), run, report)
                stuck = self.embed(run.articles, report)
            except KeyboardInterrupt:
                report.complain(f"Interrupted after: {summary(run)}. Run it again to go on.")
                sys.exit(130)
            except ImproperlyConfigured as error:
                raise CommandError(f"{summary(run)}. They cannot be embedded: {error}") from error
        report.say(summary(run))
        if stuck or run.counts["failed"]:
            sys.exit(1)

    def store(self, selection: Selection, run: Import, report: Report) -> None:
        """Make articles of all files, and name what cannot become one."""
        for failure in selection.failures:
            run.add(failure)
            report.complain(f"{failure.where}: {failure.reason}")
        for skipped in selection.skipped:
            run.counts["skipped"] += 1
            report.complain(f"{skipped.where}: {skipped.reason}; skipped")
        with report.stage("Importing", sum(map(count, selection.files))) as advance:
            for file in selection.files:
                for found in convert(file):
                    if failed := run.add(found):
                        report.complain(f"{failed.where}: {failed.reason}")
                    advance(1)

    def embed(self, articles: list[UUID], report: Report) -> int:
        """Embed what waits; returns how many articles cannot be.

        A worker does the same from the other end, first come first served: so the two meet in the middle.
        """
        waiting = dict(
            Chunk.objects.filter(article__in=articles, article__status=Article.Status.PUBLISHED, embedding=None)
            .order_by()
            .values_list("article")
            .annotate(Count("id"))
        )
        if waiting:
            with report.stage("Embedding", sum(waiting.values())) as advance:
                left = sum(waiting.values())

                def count(done: int) -> None:
                    nonlocal left
                    left -= done
                    advance(done)

                bulk.embed(reversed([article for article in articles if article in waiting]), count)
                advance(left)  # what a worker did
        failed = Article.objects.filter(pk__in=articles, index_state=Article.IndexState.FAILED)
        for article in failed:
            report.complain(f"{article.external_id}: {article.index_error}")
        return len(failed)


def tag_for(inbox: Inbox) -> str:
    """The tag that keeps articles to this inbox; the inbox gets it if it has not got it yet."""
    tag = f"inbox:{inbox.key}"
    if len(tag) > MAX_TAG:
        raise CommandError(f"The inbox key is too long for a tag: at most {MAX_TAG - len('inbox:')} characters.")
    with transaction.atomic():
        inbox = Inbox.objects.select_for_update().get(pk=inbox.pk)
        if tag not in inbox.tags:
            inbox.tags = [*inbox.tags, tag]
            inbox.save(update_fields=["tags"])
    return tag


def summary(run: Import) -> str:
    """`3 created, 0 updated, 5 unchanged, 0 failed`."""
    counted = [f"{run.counts[name]:,} {name}" for name in _COUNTED]
    return ", ".join([*counted, *([f"{run.counts['skipped']:,} skipped"] if run.counts["skipped"] else [])])
