"""Starts the embedded engines under a supervisor."""

import asyncio
from pathlib import Path

from .folders import make_data_dir
from .postgres import Postgres
from .supervisor import Supervisor
from .valkey import Valkey

PATIENCE = 60.0


class EngineStage:
    """The engines that are wanted: those for which the user gave no address."""

    postgres: Postgres | None
    valkey: Valkey | None

    def __init__(self, data_dir: Path, given: dict[str, str]) -> None:
        if given.get("DATABASE_URL"):
            make_data_dir(data_dir, None)
            self.postgres = None
        else:
            self.postgres = Postgres(data_dir)
        self.valkey = None if given.get("REDIS_URL") else Valkey(data_dir)

    @property
    def urls(self) -> dict[str, str]:
        """The addresses of the embedded engines, by environment variable."""
        urls = {}
        if self.postgres is not None:
            urls["DATABASE_URL"] = self.postgres.url
        if self.valkey is not None:
            urls["REDIS_URL"] = self.valkey.url
        return urls

    @property
    def label(self) -> str:
        """What to call this stage on the screen."""
        names = [
            "PostgreSQL" if self.postgres is not None else "",
            "Valkey" if self.valkey is not None else "",
        ]
        return "Start " + " and ".join(filter(None, names)) if any(names) else "Engines: yours"

    async def start(self, supervisor: Supervisor) -> None:
        """Start both at the same time and wait until both can be used."""
        await asyncio.gather(self.start_valkey(supervisor), self.start_postgres(supervisor))

    async def start_valkey(self, supervisor: Supervisor) -> None:
        """Valkey, once it answers."""
        valkey = self.valkey
        if valkey is None:
            return

        async def is_ready() -> bool:
            return valkey.is_ready()

        await supervisor.until([supervisor.keep(valkey.program())], is_ready, PATIENCE)

    async def start_postgres(self, supervisor: Supervisor) -> None:
        """PostgreSQL, once it has the database."""
        postgres = self.postgres
        if postgres is None:
            return
        await asyncio.to_thread(postgres.prepare)
        child = supervisor.keep(postgres.program())

        async def is_ready() -> bool:
            return postgres.is_ready(child.pid)

        await supervisor.until([child], is_ready, PATIENCE)
        await asyncio.to_thread(postgres.create_database)
