"""`manage.py verify_erasure`: look again whether what was erased is gone."""

import json
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.common.errors import Unavailable
from support.management.progress import Report, stream
from support.models import Erasure
from support.privacy import tables, verifying
from support.privacy.verifying import Verified


class Command(BaseCommand):
    """Reads only. Exit code 1: something is left, or a manifest is not as it was written."""

    help = "Look for erased ids in every column of every table and in every key of Redis."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("erasure", nargs="*", metavar="ERASURE", help="ids of manifests; default: all there are")
        parser.add_argument(
            "--text",
            action="append",
            default=[],
            metavar="TEXT",
            help="look for this, too, such as an e-mail address; may be given several times",
        )
        parser.add_argument("--json", action="store_true", dest="as_json", help="print one line of JSON each")

    def handle(self, *args: Any, erasure: list[str], text: list[str], as_json: bool, **options: Any) -> None:
        """Verify one after the other."""
        if not all(one.strip() for one in text):
            raise CommandError("--text must not be empty.")
        report = Report(stream(self.stderr if as_json else self.stdout), stream(self.stderr))
        bad = 0
        rows = self.rows(erasure)
        if not rows and not as_json:
            self.stdout.write("Nobody has been erased, so there is nothing to look for.")
        for row in rows:
            with report.stage(f"{row}, tables", len(tables.names())) as looked:
                try:
                    verified = verifying.verify(row, text, looked)
                except Unavailable as error:
                    raise CommandError("Redis is away, and has to be looked through as well.") from error
            bad += not verified.good
            self.say(row, verified, as_json=as_json)
        if bad:
            raise CommandError(f"{bad} of the erasures cannot be confirmed.")

    def rows(self, wanted: list[str]) -> list[Erasure]:
        """The manifests of these ids, or all."""
        try:
            ids = {UUID(one) for one in wanted}
        except ValueError as error:
            raise CommandError(f"{error}: an id is one of a manifest.") from error
        found = list(Erasure.objects.filter(pk__in=ids) if ids else Erasure.objects.all())
        if missing := ids - {row.id for row in found}:
            raise CommandError(f"There is no manifest {', '.join(map(str, missing))}.")
        return found

    def say(self, row: Erasure, verified: Verified, *, as_json: bool) -> None:
        """What was found."""
        if as_json:
            told = {"erasure": str(row.id), "good": verified.good, "intact": verified.intact, "left": verified.left}
            self.stdout.write(json.dumps(told | {"tables": verified.tables, "keys": verified.keys}))
            return
        for place, count in sorted(verified.left.items()):
            self.stdout.write(f"{count:8,}  {place}")
        if not verified.intact:
            self.stdout.write("The manifest does not fit its digest: somebody has changed it.")
        looked = f"{verified.tables} tables and {verified.keys} keys of Redis"
        self.stdout.write(f"{row}: {'nothing is left' if not verified.left else 'something is left'} in {looked}.")
