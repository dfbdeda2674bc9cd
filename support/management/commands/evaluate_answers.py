"""`manage.py evaluate_answers FOLDER`: how well the agent answers golden questions, and whether that got worse."""

import asyncio
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from agents.evaluation import history
from agents.evaluation.asking import Asked, ask_all
from agents.evaluation.comparing import Comparison
from agents.evaluation.figures import Prices, by_kind, summarise
from agents.evaluation.questions import Golden, read
from config.common import db
from knowledge.audience import Audience
from knowledge.evaluation.jsonl import BadCollection
from support.management.inboxes import inbox_of
from support.management.progress import Report, stream

TOLERANCE = 0.02


class Command(BaseCommand):
    """Asks as customers would, of the real help centre, with the configured engine. Exit status 1 after a regression."""

    help = (
        "Ask the agent golden questions (FOLDER with questions.jsonl of {question, articles?, outcome?, kind?, history?}), print how many "
        "came out as expected, and compare with the last run of the folder and engine. Exit status 1 when it got worse."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", metavar="FOLDER", type=Path)
        parser.add_argument("--json", action="store_true", dest="as_json", help="print one line of JSON")
        parser.add_argument("--misses", action="store_true", help="list the questions that came out otherwise")
        parser.add_argument("--inbox", metavar="KEY", help="ask as anonymous customers of this inbox")
        parser.add_argument(
            "--tolerance",
            type=float,
            default=TOLERANCE,
            metavar="SHARE",
            help=f"how much worse is no regression, of the questions asked both times, 0 to 1; {TOLERANCE} unless told",
        )
        parser.add_argument(
            "--prices", type=float, nargs=2, metavar=("READ", "WRITTEN"), help="what a million tokens cost, for `cost`"
        )

    def handle(self, *args: Any, folder: Path, as_json: bool, misses: bool, **options: Any) -> None:
        """Read, ask, keep, compare."""
        if not 0 <= options["tolerance"] <= 1:
            raise CommandError("--tolerance must be from 0 to 1.")
        prices = Prices(*options["prices"]) if options["prices"] else None
        if prices and min(prices.read, prices.written) < 0:
            raise CommandError("--prices must not be negative.")
        try:
            questions = read(folder)
        except BadCollection as error:
            raise CommandError(str(error)) from error
        # With --json, standard output is for the result alone.
        report = Report(stream(self.stderr if as_json else self.stdout), stream(self.stderr))
        with report.stage("Asking questions", len(questions)) as advance:
            asked = asyncio.run(_collect(questions, options["inbox"], advance))
        name, engine = str(folder.resolve()), settings.OPENAI_MODEL if settings.LLM_CONFIGURED else "extractive"
        before = history.last(name, engine)
        run = history.keep(name, engine, asked, summarise(asked, prices))
        compared = history.against(before, run) if before else None
        if misses:
            for one in asked:
                if not one.passed:
                    report.complain(_miss(one))
        self.show(run.figures, asked, compared, as_json)
        if compared is not None and compared.regressed(options["tolerance"]):
            raise CommandError(f"Worse than the last run: {_told(compared)}.")

    def show(
        self, figures: dict[str, float], asked: Sequence[Asked], compared: Comparison | None, as_json: bool
    ) -> None:
        """The result: one line of JSON, or a table."""
        if as_json:
            result: dict[str, Any] = {"questions": len(asked)} | figures | {"kinds": by_kind(asked)}
            if compared is not None:
                result |= {"lost": compared.lost, "won": compared.won, "common": compared.common}
            self.stdout.write(json.dumps(result, ensure_ascii=False))
            return
        for name, value in figures.items():
            self.stdout.write(f"{name:16}{value:12,.4f}" if isinstance(value, float) else f"{name:16}{value:12,}")
        for kind, share in by_kind(asked).items():
            self.stdout.write(f"  {kind:14}{share:12.4f}")
        self.stdout.write("No earlier run to compare with." if compared is None else _told(compared))


async def _collect(questions: Sequence[Golden], inbox_key: str | None, advance: Callable[[int], None]) -> list[Asked]:
    audience, inbox_name = await _whose(inbox_key)
    asked = []
    async for one in ask_all(questions, audience, inbox_name):
        asked.append(one)
        advance(1)
    return asked


async def _whose(inbox_key: str | None) -> tuple[Audience, str]:
    """What may be found, and the name that the model is told."""
    if inbox_key is None:
        return Audience(), "our company"
    inbox = await db.run(inbox_of, inbox_key)
    return inbox.audience(identified=False), inbox.name


def _told(compared: Comparison) -> str:
    told = f"{len(compared.lost)} lost and {len(compared.won)} won of {compared.common} questions asked both times"
    return f"{told}, {compared.fallen:.1%} fewer sentences supported" if compared.fallen else told


def _miss(one: Asked) -> str:
    expected = " or ".join(one.golden.articles) or one.golden.outcome
    return f"expected {expected}; came {', '.join(one.cited) or one.came}: {one.golden.question}"
