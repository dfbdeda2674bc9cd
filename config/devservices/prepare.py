"""Run as a child process: migrations, static files where production serves them, then the demo content."""

import sys

import django
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor


def main(demo_json: str, base_url: str) -> None:
    """Bring the database up to this code; does nothing where nothing is missing."""
    django.setup()
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", interactive=False)
    if not settings.DEVELOPMENT:
        call_command("collectstatic", interactive=False, verbosity=0)
    call_command("seed_demo", "--demo-json", demo_json, "--base-url", base_url)


if __name__ == "__main__":
    main(*sys.argv[1:])
