"""`manage.py evaluate_abstention FOLDER`: whether known questions are recognised, and unknown ones are not."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from knowledge.evaluation import abstention
from knowledge.evaluation.jsonl import BadCollection
from support.management.progress import Report, stream


class Command(BaseCommand):
    """Recognises questions as curated answers are matched, in memory; the database is not touched."""

    help = (
        "Recognise the questions of a test set (FOLDER with train.jsonl of {text, intent} and queries.jsonl of {text, intent, "
        "out_of_scope}) by the example phrasings, at the product's own thresholds, and print accuracy, in_scope_accuracy, "
        "out_of_scope_recall and MCC (multi-class, out of scope being one of the classes)."
    )
    requires_system_checks = []
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", metavar="FOLDER", type=Path)
        parser.add_argument("--json", action="store_true", dest="as_json", help="print one line of JSON")

    def handle(self, *args: Any, folder: Path, as_json: bool, **options: Any) -> None:
        """Read, embed, ask."""
        # With --json, standard output is for the result alone.
        report = Report(stream(self.stderr if as_json else self.stdout), stream(self.stderr))
        try:
            intents = abstention.read(folder)
        except BadCollection as error:
            raise CommandError(str(error)) from error
        with report.stage("Embedding phrasings", len(intents.phrasings)) as advance:
            recogniser = abstention.recogniser(intents)
            advance(len(intents.phrasings))
        outcomes = []
        with report.stage("Asking questions", len(intents.questions)) as advance:
            for one in abstention.ask(recogniser, intents.questions):
                outcomes.append(one)
                advance(1)
        result = {name: round(value, 4) for name, value in abstention.measure(outcomes).items()}
        if as_json:
            out_of_scope = sum(one.right is abstention.NONE for one in outcomes)
            self.stdout.write(json.dumps({"queries": len(outcomes), "out_of_scope": out_of_scope} | result))
        else:
            for name, value in result.items():
                self.stdout.write(f"{name:20}{value:10.4f}")
