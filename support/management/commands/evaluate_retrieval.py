"""`manage.py evaluate_retrieval FOLDER`: how well searches find what a test collection says they should."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from knowledge.evaluation import collection, run, scratch
from support.management.progress import Report, stream


class Command(BaseCommand):
    """Builds a scratch knowledge base that ends with the command; the real one is left alone."""

    help = (
        "Search a test collection (FOLDER with corpus.jsonl, queries.jsonl, qrels.tsv) and print Hit@k, Recall@k, "
        "nDCG@k, MRR@10 and times. The collection is embedded first, about 20 to 50 chunks a second and core."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", metavar="FOLDER", type=Path)
        parser.add_argument("--queries", metavar="FILE", help="other questions than queries.jsonl, there or by path")
        parser.add_argument("--json", action="store_true", dest="as_json", help="print one line of JSON")

    def handle(self, *args: Any, folder: Path, queries: str | None, as_json: bool, **options: Any) -> None:
        """Read, store, embed, ask."""
        # With --json, standard output is for the result alone.
        report = Report(stream(self.stderr if as_json else self.stdout), stream(self.stderr))
        try:
            tests = collection.read(folder, _file(folder, queries) if queries else None)
        except collection.BadCollection as error:
            raise CommandError(str(error)) from error
        with scratch.knowledge_base():
            with report.stage("Storing documents", len(tests.documents)) as advance:
                run.store(tests, advance)
            with report.stage("Embedding chunks", run.waiting()) as advance:
                run.embed(advance)
            measures = []
            with report.stage("Asking questions", len(tests.queries)) as advance:
                for one in run.ask(tests.queries):
                    measures.append(one)
                    advance(1)
        result = {name: round(value, 4) for name, value in run.summarise(measures).items()}
        if as_json:
            self.stdout.write(json.dumps({"queries": len(tests.queries), "unjudged": tests.unjudged} | result))
        else:
            for name, value in result.items():
                self.stdout.write(f"{name:18}{value:10.4f}")


def _file(folder: Path, name: str) -> Path:
    """A file by its path, or else by its name in the folder."""
    path = Path(name)
    return path if path.exists() else folder / name
