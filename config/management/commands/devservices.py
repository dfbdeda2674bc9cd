"""`manage.py devservices`: the embedded PostgreSQL and Valkey alone."""

import asyncio
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config.devservices.engine_stage import EngineStage
from config.devservices.errors import DevServicesError
from config.devservices.folders import check_space
from config.devservices.foreground import in_foreground
from config.devservices.options import read_options
from config.devservices.screen import Screen
from config.devservices.supervisor import Supervisor


class Command(BaseCommand):
    """Runs in the foreground until Ctrl-C; needs no database, for it is what provides one."""

    help = "Run only the embedded PostgreSQL and Valkey, in the foreground."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Start the engines, print their addresses, and wait for the end."""
        try:
            code = self.run_engines()
        except DevServicesError as error:
            raise CommandError(str(error)) from error
        sys.exit(code)

    def run_engines(self) -> int:
        """The exit code after a clean stop."""
        choices = read_options()
        screen = Screen(stages=1)
        engines = EngineStage(choices.data_dir, given={})
        check_space(choices.data_dir)

        async def start(supervisor: Supervisor) -> None:
            async with screen.stage(engines.label):
                await engines.start(supervisor)
            for name, url in engines.urls.items():
                screen.say(f"export {name}='{url}'")
            screen.say("Ctrl-C stops both.")

        return asyncio.run(in_foreground(choices.data_dir, screen, start))
