"""`manage.py reindex`: all embeddings anew, beside the live index."""

import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from knowledge.models import Reindex
from knowledge.reindex import runs, work
from support.management.progress import Bars, Report, quiet, stream


class Command(BaseCommand):
    """Safe to interrupt and to kill: the live index answers until the new one takes its place."""

    help = (
        "Rebuild the search index with EMBEDDING_MODEL beside the live one, check it, and swap. Searches go on "
        "meanwhile. An interrupted rebuild goes on where it was. Exit code 1: the live index was left as it is."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--abort", action="store_true", help="end the rebuild that is under way, and throw away what it made"
        )

    def handle(self, *args: Any, abort: bool, **options: Any) -> None:
        """Rebuild, and sum up."""
        report = Report(stream(self.stdout), stream(self.stderr))
        if abort:
            self.abort(report)
            return
        report.say(f"Rebuilding the index with {settings.EMBEDDING_MODEL}.")
        try:
            with quiet(), Bars(report) as bars:
                ended = work.run(bars.show)
        except KeyboardInterrupt:
            report.complain(
                "Interrupted: the live index is as it was. Run it again to go on, or `reindex --abort` to throw away "
                "what is done."
            )
            sys.exit(130)
        except (runs.Busy, work.Failed) as error:
            raise CommandError(f"{error} The live index is as it was.") from error
        if ended.state != Reindex.State.DONE:
            raise CommandError("Aborted. The live index is as it was.")
        report.say(summary(ended))

    def abort(self, report: Report) -> None:
        """Ask for the end of it."""
        try:
            runs.abort()
        except runs.NothingToAbort as error:
            raise CommandError(str(error)) from error
        report.say("Aborted: whoever works on it stops within seconds.")


def summary(ended: Reindex) -> str:
    """What the new index is, and how it was checked."""
    result, lines = ended.result, []
    lines.append(f"{result['articles']:,} articles in {result['chunks']:,} passages: the new index is live.")
    if result["sample"]:
        lines.append(
            f"Of {result['sample']} passages {result['found']:.0%} were found by their own words; the vectors' index "
            f"finds {result['recall']:.1%} of the nearest ten."
        )
    if result["set_aside"]:
        lines.append(f"{result['set_aside']:,} articles whose embedding failed before are not found: index them again.")
    return "\n".join(lines)
