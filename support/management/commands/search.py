"""`manage.py search`: what the agent would find."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.table import Table

from config.common.errors import InvalidText
from config.common.text import check_text
from knowledge import recipes, retrieval
from knowledge.api import passages
from knowledge.api.views import MAX_QUESTION
from knowledge.audience import EVERYTHING, Audience
from knowledge.embeddings import backend
from knowledge.retrieval import DEFAULT_LIMIT, MAX_LIMIT, SearchResult
from support.management.inboxes import inbox_of
from support.management.progress import stream

_EXCERPT = 160


class Command(BaseCommand):
    """Searches as a customer would be searched for."""

    help = "Show which passages the AI agent would find for a question."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("question", metavar="QUESTION")
        parser.add_argument(
            "--limit", type=int, default=DEFAULT_LIMIT, help=f"1 to {MAX_LIMIT}; {DEFAULT_LIMIT} unless told"
        )
        parser.add_argument("--json", action="store_true", dest="as_json", help="the API's {results, took_ms}")
        parser.add_argument(
            "--inbox", metavar="KEY", help="what customers of this inbox would find; without it, everything"
        )
        parser.add_argument(
            "--anonymous", action="store_true", help="what customers without a proven identity would find"
        )

    def handle(self, *args: Any, question: str, limit: int, as_json: bool, **options: Any) -> None:
        """Search, and print."""
        try:
            check_text(question, MAX_QUESTION, "QUESTION")
        except InvalidText as error:
            raise CommandError(str(error)) from error
        if not 1 <= limit <= MAX_LIMIT:
            raise CommandError(f"--limit must be a whole number from 1 to {MAX_LIMIT}.")
        audience = audience_of(options["inbox"], options["anonymous"])
        backend(recipes.follow()).encode("warm")  # loading the model is no part of the search
        found = retrieval.search(question, audience, limit)
        if as_json:
            self.stdout.write(json.dumps(passages.shape(found), ensure_ascii=False))
        else:
            self.show(found)

    def show(self, found: SearchResult) -> None:
        """A table, best first."""
        if not found.passages:
            self.stdout.write("Nothing found.")
            return
        table = Table("#", "Score", "Match", "Cosine", "BM25", "Passage", show_lines=True)
        for rank, passage in enumerate(found.passages, start=1):
            title = " › ".join(part for part in (passage.title, passage.heading) if part)
            numbers = (f"{passage.score:.4f}", f"{passage.match:.3f}", f"{passage.dense:.3f}", f"{passage.lexical:.2f}")
            table.add_row(str(rank), *numbers, clean(f"{title}\n{excerpt(passage.text)}"))
        terminal = self.stdout.isatty()
        Console(file=stream(self.stdout), width=None if terminal else 120, markup=False, highlight=False).print(table)
        self.stdout.write(f"{len(found.passages)} passages in {found.took_ms:.0f} ms")


def audience_of(inbox: str | None, anonymous: bool) -> Audience:
    """Whom the search is for: an inbox's customers, customers at large, or staff."""
    if inbox:
        return inbox_of(inbox).audience(identified=not anonymous)
    return Audience() if anonymous else EVERYTHING


def excerpt(text: str) -> str:
    """The beginning of a passage on one line."""
    line = " ".join(text.split())
    return line if len(line) <= _EXCERPT else f"{line[:_EXCERPT].rsplit(' ', 1)[0]} …"


def clean(text: str) -> str:
    """Without the control characters that would command a terminal."""
    return "".join(character if character.isprintable() or character == "\n" else " " for character in text)
