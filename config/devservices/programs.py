"""The command lines of what `make run` keeps running beside the engines."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from .options import ROOT
from .process import Program

DRAIN_SECONDS = 25
# A thread for each webhook there may be, and some for looking after them: those who deliver wait most of the time.
THREADS = ("-P", "threads", "-c", "24")
WORKERS = {
    "worker-ai": ("ai", "ai,default", ("-c", "1")),
    "worker-ingest": ("ingest", "ingest", ("-c", "1")),
    "worker-webhooks": ("webhooks", "webhooks", THREADS),
}
# Celery's warning is meant for servers; whoever is root here knows it.
AS_ROOT = "ignore:You're running the worker with superuser privileges"


# What every web process is started with: the Dockerfile says the same.
SERVER = (
    *("uvicorn", "config.asgi:application", "--lifespan", "on", "--ws", "websockets-sansio", "--ws-max-size", "65536"),
    # Frames are small: compressing one costs more time than sending it, and state of both directions in each socket.
    *("--ws-per-message-deflate", "false"),
    # TRUSTED_PROXIES alone decides whose word on addresses counts; uvicorn would believe everybody on this machine.
    *("--no-proxy-headers", "--timeout-graceful-shutdown", str(DRAIN_SECONDS)),
    *("--no-server-header", "--no-access-log", "--log-level", "warning"),
)


def web_programs(count: int, listener: int, env: Mapping[str, str]) -> list[Program]:
    """Web processes on one shared listening socket: when one dies, the others take the port."""
    return [web_program(number, ("--fd", str(listener)), env, (listener,)) for number in range(1, count + 1)]


def web_programs_apart(ports: Sequence[int], env: Mapping[str, str]) -> list[Program]:
    """Web processes that each have a port of this machine, as behind a proxy that chooses between them."""
    return [
        web_program(number, ("--host", "127.0.0.1", "--port", str(port)), env) for number, port in enumerate(ports, 1)
    ]


def web_program(number: int, where: tuple[str, ...], env: Mapping[str, str], fds: tuple[int, ...] = ()) -> Program:
    """One web process; `where` are uvicorn's arguments for what it listens on."""
    argv = (sys.executable, "-m", *SERVER, *where)
    return Program(f"web-{number}", argv, env, ROOT, pass_fds=fds, stop_timeout=DRAIN_SECONDS + 5)


def worker_programs(data_dir: Path, env: Mapping[str, str]) -> list[Program]:
    """The Celery workers, AI work apart from ingestion and from webhooks, and beat."""
    celery = (sys.executable, "-W", AS_ROOT, "-m", "celery", "--quiet", "-A", "config")
    quiet = ("--loglevel", "WARNING")
    programs = [
        Program(
            name=name,
            argv=(
                *(*celery, "worker", "-Q", queues, "-n", f"{node}@%h", *pool),
                *("--without-gossip", "--without-mingle", *quiet),
            ),
            env=env,
            cwd=ROOT,
            stop_stage=1,
        )
        for name, (node, queues, pool) in WORKERS.items()
    ]
    schedule = str(data_dir / "celerybeat-schedule")
    beat = (*celery, "beat", "--schedule", schedule, "--pidfile=", *quiet)
    return [*programs, Program("beat", beat, env, ROOT, stop_stage=1)]


def prepare_program(demo_json: Path, base_url: str, env: Mapping[str, str]) -> Program:
    """Migrations and demo content, both in one process to pay for Django's start once."""
    module = "config.devservices.prepare"
    return Program("prepare", (sys.executable, "-m", module, str(demo_json), base_url), env, ROOT)
