"""`manage.py reset_second_factor`: the way back in for an administrator who has lost theirs."""

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError

from support.second_factor import changes


class Command(BaseCommand):
    """Whoever can run this has the server, and so everything."""

    help = (
        "Remove the authenticator app, the security keys and the recovery codes of a member of staff, and end the "
        "sessions that were begun with them. An entry is written to the audit trail."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username", help="The name that is typed to sign in.")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username=options["username"]).first()
        if user is None:
            raise CommandError(f"There is no user {options['username']!r}.")
        count = changes.reset(user)
        self.stdout.write(f"{count} second factor{'' if count == 1 else 's'} of {user} removed.")
