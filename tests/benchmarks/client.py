"""The load client, a process of its own on other processors than the servers'. Reads a job, prints what it saw.

A job: {"kind": "turns" | "messages" | "idle" | "reconnect", "url", "inbox", …}. Latencies are in milliseconds. A
browser offers compression, so this does too.
"""

import asyncio
import json
import resource
import sys
import time
import uuid
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import httpx2
import websockets

QUESTIONS = (
    "How do I put the chat on my own website?",
    "Where can I change the welcome text and the colours of the chat?",
    "What happens when the language model cannot be reached?",
    "How long does a session live, and how is it refreshed?",
    "Can I import a folder of Markdown and PDF files?",
    "How do I hand a conversation back to the assistant?",
    "Which sites are allowed to show the chat in a frame?",
    "How does an integration send a message through the API?",
)
TURNS_PER_CONVERSATION = 5
# A server that leaves a customer without an answer for so long ends the benchmark.
TURN_SECONDS = 60


class Line:
    """One customer's socket."""

    def __init__(self, raw: websockets.ClientConnection) -> None:
        self.raw = raw

    async def send(self, frame: dict[str, Any]) -> None:
        await self.raw.send(json.dumps(frame))

    async def until(self, kind: str, **fields: Any) -> dict[str, Any]:
        """The next frame of this type and with these fields; an `error` frame ends the benchmark."""
        while True:
            frame = json.loads(await self.raw.recv())
            if frame["type"] == "error":
                raise RuntimeError(f"the server refused: {frame}")
            if frame["type"] == kind and all(frame.get(key) == value for key, value in fields.items()):
                return frame

    async def ask(self, text: str) -> str:
        client_id = str(uuid.uuid4())
        await self.send({"type": "message.send", "client_id": client_id, "text": text})
        return client_id


async def start_sessions(job: dict[str, Any], count: int) -> list[str]:
    """The tokens of new sessions."""

    async def start(client: httpx2.AsyncClient) -> str:
        response = await client.post("/api/v1/sessions", json={"inbox": job["inbox"]})
        response.raise_for_status()
        return response.json()["token"]

    async with httpx2.AsyncClient(base_url=job["url"], timeout=60) as client:
        return await at_most(20, [lambda: start(client)] * count)


async def connect(job: dict[str, Any], token: str, after: int = 0) -> Line:
    """A proven socket."""
    url = job["url"].replace("http", "ws", 1) + "/ws"
    raw = await websockets.connect(url, max_size=None, open_timeout=60, ping_interval=None, close_timeout=1)
    line = Line(raw)
    await line.send({"type": "session.resume", "token": token, "after": after})
    await line.until("session.ready")
    return line


async def at_most(limit: int, jobs: list[Callable[[], Coroutine[Any, Any, Any]]]) -> list[Any]:
    """The results of jobs of which at most `limit` are under way."""
    gate = asyncio.Semaphore(limit)

    async def gated(job: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
        async with gate:
            return await job()

    return await asyncio.gather(*(gated(job) for job in jobs))


@asynccontextmanager
async def lines(job: dict[str, Any], count: int) -> AsyncIterator[list[Line]]:
    """Proven sockets of new customers."""
    tokens = await start_sessions(job, count)
    opened = await at_most(50, [partial(connect, job, token) for token in tokens])
    try:
        yield opened
    finally:
        await at_most(200, [line.raw.close for line in opened])


def signal(word: str) -> None:
    """Tell who started us where we are, and wait for the word to go on."""
    print(word, flush=True)
    sys.stdin.readline()


def percentile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def summary(values: list[float]) -> dict[str, float]:
    """p50, p95 and p99 of seconds, in milliseconds."""
    return {f"p{round(share * 100)}": round(percentile(values, share) * 1000, 2) for share in (0.5, 0.95, 0.99)}


# -- Kinds of job -------------------------------------------------------------------------------


async def turns(job: dict[str, Any]) -> dict[str, Any]:
    """`turns` AI turns, `concurrency` at a time."""
    acks: list[float] = []
    firsts: list[float] = []
    wholes: list[float] = []
    frames = 0

    async def turn(line: Line, question: str) -> None:
        nonlocal frames
        began = time.perf_counter()
        client_id = await line.ask(question)
        run = first = None
        while True:
            frame = json.loads(await line.raw.recv())
            frames += 1
            now = time.perf_counter() - began
            kind = frame["type"]
            if kind == "message.ack" and frame["client_id"] == client_id:
                acks.append(now)
            elif kind == "answer.started":
                run, first = frame["run"], None
            elif kind == "answer.delta" and frame["run"] == run and first is None:
                first = now
            elif kind == "message.created" and run and frame["message"].get("run") == run:
                firsts.append(first or now)
                wholes.append(now)
                return
            elif kind in {"error", "answer.cancelled"}:
                raise RuntimeError(f"a turn failed: {frame}")

    async def conversation(line: Line, count: int, offset: int) -> None:
        for number in range(count):
            async with asyncio.timeout(TURN_SECONDS):
                await turn(line, QUESTIONS[(offset + number) % len(QUESTIONS)])

    whole, rest = divmod(job["turns"], TURNS_PER_CONVERSATION)
    counts = [TURNS_PER_CONVERSATION] * whole + ([rest] if rest else [])
    async with lines(job, len(counts)) as opened:
        signal("ready")
        began = time.perf_counter()
        pairs = list(zip(opened, counts, range(0, 10_000, 3), strict=False))
        await at_most(job["concurrency"], [partial(conversation, *pair) for pair in pairs])
        seconds = time.perf_counter() - began
        signal("done")
    counted = {"turns": job["turns"], "frames_per_turn": round(frames / job["turns"], 1)}
    latencies = {"ack_ms": summary(acks), "first_delta_ms": summary(firsts), "turn_ms": summary(wholes)}
    return counted | latencies | {"turns_per_second": round(job["turns"] / seconds, 2)}


async def messages(job: dict[str, Any]) -> dict[str, Any]:
    """`messages` durable messages to people, no AI, with `concurrency` customers who each wait for the ack."""
    acks: list[float] = []

    async def customer(line: Line, count: int) -> None:
        for _ in range(count):
            began = time.perf_counter()
            client_id = await line.ask("Is anybody there? I would like to know when my order arrives.")
            await line.until("message.ack", client_id=client_id)
            acks.append(time.perf_counter() - began)

    async with lines(job, job["concurrency"]) as opened:
        for line in opened:
            await line.send({"type": "handoff.request"})
            await line.until("message.created")
        signal("ready")
        began = time.perf_counter()
        await asyncio.gather(*(customer(line, job["messages"] // job["concurrency"]) for line in opened))
        seconds = time.perf_counter() - began
        signal("done")
    return {"messages_per_second": round(len(acks) / seconds, 1), "ack_ms": summary(acks)}


async def idle(job: dict[str, Any]) -> dict[str, Any]:
    """`sockets` customers who wait for a person and say nothing but heartbeats, for `seconds`."""
    beats: list[float] = []

    async def wait_for_person(line: Line) -> None:
        await line.send({"type": "handoff.request"})
        await line.until("message.created")

    async def beat(line: Line, delay: float) -> None:
        await asyncio.sleep(delay)
        began = time.perf_counter()
        await line.send({"type": "heartbeat", "seq": 1})
        await line.until("heartbeat")
        beats.append(time.perf_counter() - began)

    tokens = await start_sessions(job, job["sockets"])
    signal("connecting")
    opened = await at_most(50, [partial(connect, job, token) for token in tokens])
    await at_most(20, [partial(wait_for_person, line) for line in opened])
    signal("ready")
    step = job["seconds"] / len(opened)
    await asyncio.gather(*(beat(line, number * step) for number, line in enumerate(opened)))
    signal("done")
    await at_most(200, [line.raw.close for line in opened])
    return {"sockets": len(opened), "heartbeat_ms": summary(beats)}


async def reconnect(job: dict[str, Any]) -> dict[str, Any]:
    """`sockets` customers lose their connection at once and come back, as after a restart."""
    tokens = await start_sessions(job, job["sockets"])
    opened = await at_most(50, [partial(connect, job, token) for token in tokens])
    for line in opened:
        line.raw.transport.abort()
    times: list[float] = []

    async def back(token: str) -> Line:
        began = time.perf_counter()
        line = await connect(job, token)
        times.append(time.perf_counter() - began)
        return line

    signal("ready")
    began = time.perf_counter()
    again = await at_most(job["at_once"], [partial(back, token) for token in tokens])
    seconds = time.perf_counter() - began
    signal("done")
    await at_most(200, [line.raw.close for line in again])
    return {"sockets": len(again), "seconds": round(seconds, 2), "reconnect_ms": summary(times)}


KINDS = {"turns": turns, "messages": messages, "idle": idle, "reconnect": reconnect}


def main() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    job = json.loads(sys.stdin.readline())
    print(json.dumps(asyncio.run(KINDS[job["kind"]](job))), flush=True)


if __name__ == "__main__":
    main()
