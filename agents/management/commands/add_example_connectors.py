"""`manage.py add_example_connectors URL`: the tools of docs/examples/shop_service.py."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from agents.connectors import checks, examples


class Command(BaseCommand):
    """Idempotent: a tool whose name is taken stays as it is."""

    help = "Connect the example service (docs/examples/shop_service.py) as six HTTP tools."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("url", metavar="URL", help="where the service runs, such as http://127.0.0.1:9100")
        parser.add_argument("--token", default="shop-token", help="the service's token; default: %(default)s")

    def handle(self, *args: Any, url: str, token: str, **options: Any) -> None:
        """Add the tools, and say which."""
        if problem := checks.address_problem(url):
            raise CommandError(f"URL: {problem}")
        made = examples.add(url, token)
        self.stdout.write(f"Added: {', '.join(made)}." if made else "They are all there already.")
