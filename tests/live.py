"""The product as it runs: web processes, a worker, a database of its own; and clients that talk to it."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, Protocol

import httpx2
import psycopg
import redis
import websockets
from psycopg.rows import dict_row

from config.devservices.programs import SERVER, THREADS
from tests.breakable import Engines
from tests.engines import ROOT
from tests.ready_made import ready_made

PATIENCE = 180.0


class Address(Protocol):
    """Where the product is reached: a web process, or what stands before some."""

    port: int

    @property
    def url(self) -> str: ...


class Process:
    """One process of the product."""

    def __init__(self, name: str, arguments: list[str], environment: dict[str, str], log: Path, fds: tuple = ()):
        self.name, self.log = name, log
        with log.open("ab") as output:
            self._child = subprocess.Popen(
                [sys.executable, "-m", *arguments],
                cwd=ROOT,
                env=environment,
                stdout=output,
                stderr=output,
                pass_fds=fds,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self._child.pid

    @property
    def running(self) -> bool:
        return self._child.poll() is None

    def kill(self) -> None:
        """kill -9, to the whole group."""
        try:
            os.killpg(self._child.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self._child.wait()

    def resident(self) -> int:
        """Memory in use, in bytes."""
        pages = Path(f"/proc/{self.pid}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    def stop(self) -> int:
        """SIGTERM; returns the exit code."""
        self._child.terminate()
        return self._child.wait(40)


class Web(Process):
    """A web process with a port of its own."""

    def __init__(self, stack: "Live", name: str, environment: dict[str, str]):
        listener = socket.socket()
        listener.bind(("127.0.0.1", 0))
        listener.listen(512)
        listener.set_inheritable(True)
        self.port = listener.getsockname()[1]
        arguments = [*SERVER, "--fd", str(listener.fileno())]
        environment = stack.environment | environment
        super().__init__(name, arguments, environment, stack.folder / f"{name}.log", (listener.fileno(),))
        listener.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def wait_ready(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and self.running:
            try:
                if httpx2.get(f"{self.url}/readyz", timeout=5).status_code == 200:
                    return
            except httpx2.HTTPError:
                pass
            time.sleep(0.05)
        raise AssertionError(f"{self.name} did not get ready:\n{self.log.read_text()[-4000:]}")


class Live:
    """A running installation, with engines of its own that may be broken.

    Every article can be found from the beginning; in a `fresh` one, which begins with nothing, the worker has yet to see to it.
    """

    def __init__(self, folder: Path, engines: Engines, environment: dict[str, str], model=None, fresh=False):
        self.folder, self.engines, self.model, self._fresh = folder, engines, model, fresh
        self.environment = os.environ | {
            "DATABASE_URL": engines.database_url,
            "REDIS_URL": engines.redis_url,
            "DATA_DIR": str(folder),
            "PYTHONUNBUFFERED": "1",
            **environment,
        }
        self.webs: list[Web] = []
        self._started = 0
        self._stack = ExitStack()

    def __enter__(self) -> "Live":
        try:
            if self._fresh:
                return self._start()
            with ready_made(self.engines.database_url, self.folder / "demo.json"):
                self._start().wait_indexed()
            return self
        except BaseException:
            self._stack.close()
            raise

    def _start(self) -> "Live":
        demo = self.folder / "demo.json"
        web = self.start_web()
        self.start_worker()
        prepare = ["-m", "config.devservices.prepare", str(demo), web.url]
        subprocess.run([sys.executable, *prepare], cwd=ROOT, env=self.environment, check=True, capture_output=True)
        self.demo = json.loads(demo.read_text())
        web.wait_ready()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def start_web(self, **environment: str) -> Web:
        self._started += 1
        web = Web(self, f"web{self._started}", environment)
        self._stack.callback(web.kill)
        self.webs.append(web)
        return web

    def replace(self, web: Web) -> Web:
        """A new web process in the place of one that was killed; not ready yet."""
        made = self.start_web()
        self.webs.remove(made)
        self.webs[self.webs.index(web)] = made
        return made

    def start_worker(self) -> Process:
        arguments = ["celery", "-A", "config", "worker", "-Q", "ai,default,ingest", "-c", "1", "-B", "-l", "warning"]
        arguments += ["-s", str(self.folder / "beat")]
        self.worker = Process("worker", arguments, self.environment, self.folder / "worker.log")
        self._stack.callback(self.worker.kill)
        return self.worker

    def start_webhook_worker(self, **environment: str) -> Process:
        """The worker that delivers, as `make run` starts it."""
        self._started += 1
        arguments = ["celery", "-A", "config", "worker", "-Q", "webhooks", *THREADS, "-l", "warning"]
        name = f"webhooks{self._started}"
        worker = Process(name, arguments, self.environment | environment, self.folder / f"{name}.log")
        self._stack.callback(worker.kill)
        return worker

    # -- Looking inside -----------------------------------------------------------------------

    def rows(self, query: str, *parameters) -> list[dict]:
        """What the database says."""
        with psycopg.connect(self.environment["DATABASE_URL"], row_factory=dict_row, autocommit=True) as connection:
            cursor = connection.execute(query, parameters)
            return cursor.fetchall() if cursor.description else []

    def redis(self) -> redis.Redis:
        """A client of the installation's Redis."""
        return redis.Redis.from_url(self.environment["REDIS_URL"])

    def wait_indexed(self) -> None:
        """Until every published article can be found."""
        query = "SELECT count(*) AS n FROM knowledge_article WHERE status = 'published' AND index_state <> 'indexed'"
        deadline = time.monotonic() + PATIENCE
        while self.rows(query)[0]["n"]:
            assert time.monotonic() < deadline, "articles were not indexed in time"
            time.sleep(0.1)

    def new_key(self, scopes: list[str]) -> str:
        """An API key of these scopes."""
        command = ["manage.py", "create_api_key", "test"] + [part for scope in scopes for part in ("--scope", scope)]
        made = subprocess.run(
            [sys.executable, *command], cwd=ROOT, env=self.environment, check=True, capture_output=True, text=True
        )
        return made.stdout.strip().splitlines()[-1]

    # -- Talking to it ------------------------------------------------------------------------

    def http(self, web: Address | None = None, **headers: str) -> httpx2.Client:
        """A client of one web process."""
        return httpx2.Client(base_url=(web or self.webs[0]).url, headers=headers, timeout=30)

    def integration(self, web: Address | None = None) -> httpx2.Client:
        """A client with the demo API key."""
        return self.http(web, Authorization=f"Api-Key {self.demo['api_key']}")

    def customer(self, web: Address | None = None, **body) -> "Customer":
        """A new customer with a session."""
        response = self.http(web).post("/api/v1/sessions", json={"inbox": self.demo["inbox_key"]} | body)
        assert response.status_code == 201, response.text
        return Customer(self, web or self.webs[0], response.json())


class Customer:
    """A customer's credentials, over HTTP and sockets."""

    def __init__(self, live: Any, web: Address, session: dict):
        self.live, self.web, self.session = live, web, session
        self.conversation = session["conversation_id"]
        self.last_seq = 0
        self.http = live.http(web, Authorization=f"Bearer {session['token']}")

    def send(self, text: str, wait: int | None = None) -> dict:
        query = "" if wait is None else f"?wait={wait}"
        response = self.http.post(
            f"/api/v1/conversations/{self.conversation}/messages{query}",
            json={"client_id": str(uuid.uuid4()), "text": text},
        )
        assert response.status_code == 201, response.text
        return response.json()

    def messages(self) -> list[dict]:
        return self.http.get(f"/api/v1/conversations/{self.conversation}/messages").json()["results"]

    @asynccontextmanager
    async def socket(self, after: int = 0, web: Address | None = None):
        """A proven socket."""
        port = (web or self.web).port
        async with websockets.connect(f"ws://127.0.0.1:{port}/ws", max_size=None) as raw:
            line = Line(raw)
            await line.send({"type": "session.resume", "token": self.session["token"], "after": after})
            line.ready = await line.until("session.ready")
            yield line


class Line:
    """A WebSocket that speaks frames. `seen` keeps all that came."""

    def __init__(self, raw):
        self.raw = raw
        self.seen: list[dict] = []
        self.ready: dict = {}

    async def send(self, frame: dict) -> None:
        await self.raw.send(json.dumps(frame, ensure_ascii=False))

    async def receive(self, seconds: float = 20) -> dict:
        async with asyncio.timeout(seconds):
            frame = json.loads(await self.raw.recv())
        self.seen.append(frame)
        return frame

    async def until(self, kind: str, seconds: float = 20, **fields) -> dict:
        """The next frame of this type (and with these fields)."""
        async with asyncio.timeout(seconds):
            while True:
                frame = await self.receive(seconds)
                if frame["type"] == kind and all(frame.get(key) == value for key, value in fields.items()):
                    return frame

    async def until_any(self, kinds: set[str], seconds: float = 20) -> dict:
        """The next frame of one of these types."""
        async with asyncio.timeout(seconds):
            while True:
                frame = await self.receive(seconds)
                if frame["type"] in kinds:
                    return frame

    async def message(self, seconds: float = 20, **fields) -> dict:
        """The next durable message with these fields."""
        async with asyncio.timeout(seconds):
            while True:
                message = (await self.until("message.created", seconds))["message"]
                if all(message.get(key) == value for key, value in fields.items()):
                    return message

    async def ask(self, text: str, client_id: str | None = None) -> str:
        """Send a message; returns its client_id."""
        client_id = client_id or str(uuid.uuid4())
        await self.send({"type": "message.send", "client_id": client_id, "text": text})
        return client_id

    async def closed(self, seconds: float = 20) -> int:
        """Wait for the server to close; returns the code."""
        async with asyncio.timeout(seconds):
            try:
                while True:
                    self.seen.append(json.loads(await self.raw.recv()))
            except websockets.ConnectionClosed as error:
                return error.rcvd.code if error.rcvd else 1006
