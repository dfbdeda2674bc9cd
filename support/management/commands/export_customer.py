"""`manage.py export_customer`: all that is kept of a person, as JSON."""

from pathlib import Path
from typing import Any, TextIO

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.common.errors import Unavailable
from support.management import customers
from support.management.progress import stream
from support.privacy import export
from support.privacy.people import Person


class Command(BaseCommand):
    """Written piece by piece: it takes no more memory for a long history than for a short one."""

    help = "Export all that is kept of a customer as one JSON document (docs/privacy.md says what is in it)."

    def add_arguments(self, parser: CommandParser) -> None:
        customers.add_arguments(parser)
        parser.add_argument("--output", type=Path, metavar="FILE", help="default: standard output")

    def handle(self, *args: Any, output: Path | None, **options: Any) -> None:
        """Write the document."""
        person = customers.person_of(options["customer"], options["inbox"], options["sub"])
        try:
            if output is None:
                self.write(person, stream(self.stdout))
                return
            with output.open("x", encoding="utf-8") as file:
                output.chmod(0o600)
                self.write(person, file)
        except FileExistsError as error:
            raise CommandError(f"{output} is there already.") from error
        except OSError as error:
            raise CommandError(f"{output}: {error.strerror}.") from error
        except Unavailable as error:
            raise CommandError("Redis is away, so sessions cannot be read. Try again when it is back.") from error
        self.stderr.write(f"Written to {output}.")

    def write(self, person: Person, file: TextIO) -> None:
        """Piece by piece."""
        for piece in export.pieces(person):
            file.write(piece)
