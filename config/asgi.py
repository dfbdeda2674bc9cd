"""The ASGI application of a web process, with a lifespan of its own: Django has none.

Start: listen for other processes, look after runs, load the embedding model in the background. Stop: from SIGTERM on
event streams end and runs finish or are left to others, well within the server's own patience.
"""

import asyncio
import gc
import os
import resource
import signal
import sys
from contextlib import suppress
from types import FrameType
from typing import Any

# Before Django reads its settings: a web process pools its database connections.
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("DB_POOL_SIZE", "20")

from django.core.asgi import get_asgi_application

from config import tracing

tracing.set_up(http=True)
django_application = get_asgi_application()

from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.exceptions import ImproperlyConfigured
from django.urls import path

from agents import agent
from config import checks
from config.common import events
from config.uploads import BodyLimit
from knowledge.embeddings import backend
from sessions_app import sites
from sessions_app.cache import Listener
from support import fanout, runs
from support.console import ConsoleSocket
from support.consumers import CustomerSocket
from support.hub import Hub
from support.sockets import NotHere

# Runs may take this long to finish after SIGTERM; uvicorn allows 25 s in all.
DRAIN_SECONDS = 15.0
# How long a thread may keep the interpreter from those that wait for it (docs/performance.md).
SWITCH_SECONDS = 0.0005


class Application:
    """Routes by protocol, and keeps the background work of the process for as long as the server runs."""

    def __init__(self) -> None:
        websockets = [path("ws", CustomerSocket.as_asgi()), path("ws/console", ConsoleSocket.as_asgi())]
        self._router = ProtocolTypeRouter(
            {
                "http": BodyLimit(django_application),
                "websocket": URLRouter([*websockets, path("<path:path>", NotHere.as_asgi())]),
            }
        )
        self._sites: asyncio.Task[None] | None = None
        self._sessions: Listener | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        else:
            await self._router(scope, receive, send)

    async def _lifespan(self, receive: Any, send: Any) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                try:
                    await asyncio.to_thread(checks.enforce)
                except ImproperlyConfigured as error:
                    await send({"type": "lifespan.startup.failed", "message": str(error)})
                    return
                await self._start()
                await send({"type": "lifespan.startup.complete"})
            else:
                await self._stop()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _start(self) -> None:
        _allow_many_sockets()
        # A database thread that has its rows waits for the interpreter, at Python's default for 5 ms at a time.
        sys.setswitchinterval(SWITCH_SECONDS)
        backend()
        self._warming = asyncio.create_task(asyncio.to_thread(_warm))
        hub = fanout.start()
        runs.start(hub)
        self._sites = asyncio.create_task(sites.keep_fresh())
        self._sessions = Listener()
        self._sessions.start()
        _on_signal(hub)
        events.emit(events.Event.PROCESS_READY, pid=os.getpid())

    async def _stop(self) -> None:
        events.emit(events.Event.PROCESS_DRAINING, pid=os.getpid())
        fanout.hub().drain()
        if self._sites is not None:
            self._sites.cancel()
        if self._sessions is not None:
            self._sessions.stop()
        await runs.stop(patience=DRAIN_SECONDS)
        await fanout.stop()
        await asyncio.to_thread(tracing.shut_down)


def _warm() -> None:
    """Load what the first customer would wait for. What is loaded by then stays: the garbage collector leaves it alone.

    A full collection goes through every object of the process while no thread runs: 170 ms of silence with all of Django.
    """
    agent.warm()
    gc.collect()
    gc.freeze()


def _allow_many_sockets() -> None:
    """A socket is an open file, and many systems allow a process 1,024 of them unless it asks for more."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):  # a system that says more than it allows
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _on_signal(hub: Hub) -> None:
    """Tell the hub of SIGTERM at once: uvicorn waits for open event streams before it ends the lifespan."""

    def chain(number: signal.Signals) -> None:
        previous = signal.getsignal(number)

        def handle(signum: int, frame: FrameType | None) -> None:
            hub.call(hub.drain)
            if callable(previous):
                previous(signum, frame)

        signal.signal(number, handle)

    try:
        chain(signal.SIGTERM)
        chain(signal.SIGINT)
    except ValueError:
        pass  # not the main thread: the server is run by a test or a tool that stops it otherwise


application = Application()
