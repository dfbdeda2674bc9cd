"""Is the audit trail as it was written?"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.common import redis
from config.common.audit import anchor, verifying


class Command(BaseCommand):
    help = "Checks the audit trail, and names the first entry that does not fit. Exit status 1 if there is one."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--accept-end",
            action="store_true",
            help="After restoring a backup: the chain ends where it does now. Do this only if you know why.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["accept_end"]:
            try:
                there = verifying.accept_end()
            except redis.Error as error:
                raise CommandError("Redis, which keeps the end of the chain, does not answer.") from error
            self.stdout.write(f"The chain ends at number {there.number}.")
        verdict = verifying.verify()
        anchor.note_verdict(not verdict.fault)
        if verdict.fault:
            raise CommandError(verdict.fault)
        self.stdout.write(
            f"{verdict.entries} {'entry fits' if verdict.entries == 1 else 'entries fit'}; {verdict.waiting} not chained yet. "
            f"The chain ends at number {verdict.end.number}, proof {verdict.end.mac or 'none'}."
        )
        if not verdict.anchored:
            self.stdout.write("Nothing outside the database knows where the chain ended: a cut-off end would not show.")
