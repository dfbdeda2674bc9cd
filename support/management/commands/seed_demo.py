"""`manage.py seed_demo`: demo inbox, staff, help centre."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from support.demo.inbox import sites
from support.demo.seed import DEFAULT_BASE_URL, seed


class Command(BaseCommand):
    """Idempotent, and quick when there is nothing to do: `make run` calls it at every start."""

    help = (
        "Create the demo inbox, staff accounts, API key and help centre, and write their secrets to demo.json. "
        "Without that file, all demo passwords and the key are made new."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--demo-json", type=Path, metavar="PATH", help="default: demo.json in DATA_DIR")
        parser.add_argument(
            "--base-url", metavar="URL", help=f"where the demo is served; default: as before, or {DEFAULT_BASE_URL}"
        )

    def handle(self, *args: Any, demo_json: Path | None, base_url: str | None, **options: Any) -> None:
        """Seed, and say what was done."""
        if base_url:
            try:
                sites(base_url)
            except ValueError as error:
                raise CommandError(f"--base-url: {error}.") from error
        for line in seed(demo_json or settings.DATA_DIR / "demo.json", base_url):
            self.stdout.write(line)
