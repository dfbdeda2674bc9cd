"""`manage.py create_api_key`: a credential for an integration, printed once."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.common.errors import InvalidText
from config.common.text import check_text
from sessions_app.models import ApiKey
from support.management.inboxes import inbox_of

SCOPES = ", ".join(ApiKey.SCOPES)


class Command(BaseCommand):
    """Standard output gets the key and nothing else, so that a script can take it from there."""

    help = "Create an API key and print it. It is shown only now: only a hash of it is kept."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", metavar="NAME", help="what the key is for; shown in the console")
        parser.add_argument("--scope", nargs="+", action="extend", required=True, help=f"one or more of {SCOPES}")
        parser.add_argument(
            "--inbox", nargs="+", action="extend", default=[], metavar="KEY", help="limit the key to these inboxes"
        )
        parser.add_argument(
            "--days", type=int, metavar="N", help="the key expires after so many; by default it does not"
        )

    def handle(
        self, *args: Any, name: str, scope: list[str], inbox: list[str], days: int | None, **options: Any
    ) -> None:
        """Check all of it, then make the key."""
        try:
            check_text(name, 120, "NAME")
        except InvalidText as error:
            raise CommandError(str(error)) from error
        unknown = [given for given in scope if given not in ApiKey.SCOPES]
        if unknown:
            raise CommandError(f"Unknown scope: {', '.join(unknown)}. Scopes: {SCOPES}.")
        if days is not None and not 1 <= days <= ApiKey.MOST_DAYS:
            raise CommandError(f"--days is from 1 to {ApiKey.MOST_DAYS}.")
        inboxes = [inbox_of(key) for key in dict.fromkeys(inbox)]
        row, key = ApiKey.issue(name, list(dict.fromkeys(scope)), inboxes, days)
        self.stdout.write(key)
        until = f" until {row.expires_at:%Y-%m-%d %H:%M} UTC" if row.expires_at else ""
        self.stderr.write(f"{row} may {', '.join(row.scopes)}{until}. Keep the key now: it is not shown again.")
