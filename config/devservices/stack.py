"""The stages of `make run`."""

import asyncio
import json
import socket
from contextlib import suppress
from dataclasses import replace

from .beside import leave_environment
from .engine_stage import EngineStage
from .environment import base_url, child_environment, empty_metrics_folder, reachable_host
from .errors import DevServicesError
from .folders import check_space
from .migrated import fingerprint, remember, was_migrated
from .options import Options
from .port import listen
from .probe import http_status
from .programs import prepare_program, web_programs, worker_programs
from .screen import Screen
from .supervisor import Supervisor

STAGES = 5
WEB_PATIENCE = 120.0
MODEL_PATIENCE = 180.0


class Stack:
    """Everything that `make run` starts, stage by stage."""

    stages = STAGES
    prepares_first = False
    """Whether web processes need what preparing makes also where nothing is to be migrated."""

    def __init__(self, options: Options, screen: Screen) -> None:
        self.listener: socket.socket = listen(options.host, options.port)
        self.options = replace(options, port=self.listener.getsockname()[1])
        self.screen = screen
        given = {name: options.environ.get(name, "") for name in ("DATABASE_URL", "REDIS_URL")}
        self.engines = EngineStage(options.data_dir, given)
        check_space(options.data_dir)
        self.base_url = base_url(options.host, self.options.port)
        self.demo_json = options.data_dir / "demo.json"

    async def start(self, supervisor: Supervisor) -> None:
        """Start all of it; returns once the embedding model is warm."""
        postgres = self.engines.postgres
        if postgres is not None and postgres.note:
            self.screen.say(postgres.note)
        env = self.environment()
        wanted = fingerprint(env["DATABASE_URL"])
        is_new = postgres is not None and postgres.is_new
        leave_environment(self.options.data_dir, env)
        empty_metrics_folder(self.options.data_dir)
        must_prepare = is_new or self.prepares_first or not was_migrated(self.options.data_dir, wanted)
        self.screen.stages = self.stages if must_prepare else self.stages - 1
        async with self.screen.stage(self.engines.label):
            await self.engines.start(supervisor)
        preparing = asyncio.create_task(self.prepare(supervisor, env, wanted))
        try:
            if must_prepare:
                async with self.screen.stage("Migrations and demo content"):
                    await preparing
            await self.start_web(supervisor, env)
            self.summarise()
            # Before the workers start: while they load as well, the model takes twice as long.
            is_ready = await self.wait_for_model()
            await self.start_workers(supervisor, env, preparing)
        finally:
            preparing.cancel()
        if is_ready:
            self.screen.say(f"Ready: {self.base_url}/")
        else:
            self.screen.say(f"Not ready yet: {self.base_url}/health says what is missing.")

    def environment(self) -> dict[str, str]:
        """What the children are told."""
        return child_environment(self.options, self.engines.urls)

    async def prepare(self, supervisor: Supervisor, env: dict[str, str], wanted: str) -> None:
        """Run migrations and seeding."""
        program = prepare_program(self.demo_json, self.base_url, env)
        if await supervisor.run_once(program) != 0:
            raise DevServicesError("Migrations or demo content failed: the reason is in the lines above.")
        remember(self.options.data_dir, wanted)

    async def start_web(self, supervisor: Supervisor, env: dict[str, str]) -> None:
        """The web processes, until one of them serves."""
        count = self.options.web_processes
        plural = "web process" if count == 1 else f"{count} web processes"
        async with self.screen.stage(f"Start {plural}"):
            programs = web_programs(count, self.listener.fileno(), env)
            children = [supervisor.keep(program) for program in programs]

            async def is_ready() -> bool:
                return await self.status("/livez") == 200

            await supervisor.until(children, is_ready, WEB_PATIENCE)

    async def start_workers(self, supervisor: Supervisor, env: dict[str, str], preparing: "asyncio.Task[None]") -> None:
        """Celery, once the database is what it expects."""
        async with self.screen.stage("Start Celery workers and beat"):
            await preparing
            for program in worker_programs(self.options.data_dir, env):
                supervisor.keep(program)

    def summarise(self) -> None:
        """Say where everything is."""
        lines = ["", f"  Replywell: {self.base_url}/", f"  Console:   {self.base_url}/admin/"]
        with suppress(OSError, ValueError, KeyError, TypeError):
            demo = json.loads(self.demo_json.read_text(encoding="utf-8"))
            admin = demo["admin"]
            # A password belongs on a screen, not into a log file.
            secret = f" / {admin['password']}" if self.screen.is_terminal else ""
            lines.append(f"  Sign in:   {admin['username']}{secret}")
        lines.append(f"  Names, passwords, keys: {self.demo_json}")
        self.screen.say("\n".join([*lines, "  Ctrl-C stops everything.", ""]))

    async def wait_for_model(self) -> bool:
        """Wait until the installation reports itself ready, which the embedding model decides."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + MODEL_PATIENCE
        async with self.screen.stage("Warm up the embedding model"):
            while (status := await self.status("/readyz")) != 200 and loop.time() < deadline:
                await asyncio.sleep(0.2)
        return status == 200

    async def status(self, path: str) -> int | None:
        """The status code of one of our own pages."""
        host = reachable_host(self.options.host)
        return await http_status(host, self.options.port, path)
