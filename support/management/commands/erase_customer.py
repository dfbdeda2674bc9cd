"""`manage.py erase_customer`: remove all that is kept of a person."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.common.errors import NotFound, Unavailable
from support.management import customers
from support.privacy import erasing, people
from support.privacy.people import Person


class Command(BaseCommand):
    """Asks before it erases, unless told not to. There is no way back."""

    help = "Erase a customer: conversations, memory, sessions, all of it. Prints the manifest of what was removed."

    def add_arguments(self, parser: CommandParser) -> None:
        customers.add_arguments(parser)
        parser.add_argument("--yes", action="store_true", help="do not ask")
        parser.add_argument(
            "--json", action="store_true", dest="as_json", help="print the manifest as one line of JSON"
        )

    def handle(self, *args: Any, yes: bool, as_json: bool, **options: Any) -> None:
        """Show what would go, ask, erase, and say what went."""
        person = customers.person_of(options["customer"], options["inbox"], options["sub"])
        try:
            if not yes:
                self.ask(person)
            erasure = erasing.erase(person.customer.id, "manage.py erase_customer")
        except Unavailable as error:
            raise CommandError("Redis is away, so sessions cannot be ended. Try again when it is back.") from error
        except NotFound as error:
            raise CommandError(error.detail) from error
        if as_json:
            self.stdout.write(json.dumps(erasing.manifest(erasure) | {"digest": erasure.digest}))
            return
        for table, rows in sorted(erasure.removed.items()):
            self.stdout.write(f"{rows:8,}  {table}")
        self.stdout.write(f"Erased. Manifest {erasure.id}, SHA-256 {erasure.digest}.")
        self.stdout.write(f"Look again at any time: manage.py verify_erasure {erasure.id}")

    def ask(self, person: Person) -> None:
        """Raise CommandError unless whoever runs it types the word."""
        self.stdout.write(f"{person.customer}, of {person.customer.inbox}. This goes for good:")
        for what, count in people.counted(person).items():
            if count:
                self.stdout.write(f"{count:8,}  {what}")
        try:
            answer = input("Type erase to go on: ")
        except EOFError as error:
            raise CommandError("Nobody is here to ask. Add --yes to erase without being asked.") from error
        if answer.strip().lower() != "erase":
            raise CommandError("Nothing was erased.")
