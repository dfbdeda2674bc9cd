"""Delivery without AI: many idle sockets, many that come back at once, many durable messages. `ours`: in which form."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median

import psycopg

from tests.benchmarks.figures import Figure
from tests.benchmarks.stage import Outcome, Server, Stage

SOCKETS = 5000
QUICK_SOCKETS = 20
BASELINE = "bare"


def idle(stage: Stage, *, quick: bool, ours: str = "ours") -> Iterator[Figure]:
    """What an idle socket holds, and how quickly heartbeats are answered beside all the others."""
    sockets, seconds = (QUICK_SOCKETS, 1) if quick else (SOCKETS, 30)
    seen = {name: _once(stage, name, "idle", sockets=sockets, seconds=seconds) for name in _names(stage, ours)}
    kilobytes = {
        name: (outcome.rss_mb["ready"] - outcome.rss_mb["connecting"]) * 1000 / sockets
        for name, outcome in seen.items()
    }
    memory = Figure("idle_socket_memory", "kB", kilobytes[ours], kilobytes.get(BASELINE), "ours ≤ 40 kB")
    memory.holds = kilobytes[ours] <= 40
    memory.more = {"sockets": sockets, "rss_mb": {name: outcome.rss_mb for name, outcome in seen.items()}}
    yield memory
    beats = {name: outcome.seen["heartbeat_ms"] for name, outcome in seen.items()}
    latency = Figure("heartbeat_p99", "ms", beats[ours]["p99"], _p99(beats), "ours < 250 ms")
    latency.holds = beats[ours]["p99"] < 250
    cpu = {name: round(100 * outcome.server_seconds / seconds, 1) for name, outcome in seen.items()}
    latency.more = {"sockets": sockets, "heartbeat_ms": beats, "cpu_percent": cpu}
    yield latency


def reconnect(stage: Stage, *, quick: bool, ours: str = "ours") -> Iterator[Figure]:
    """How long until all customers are back after they all lost their connection."""
    sockets, at_once = (QUICK_SOCKETS, 10) if quick else (SOCKETS, 500)
    seen, peak = {}, {}
    for name in _names(stage, ours):
        with _connections(stage, f"bench-{name}-fixed") as peaks:
            seen[name] = _once(stage, name, "reconnect", sockets=sockets, at_once=at_once)
        peak[name] = max(peaks)
    seconds = {name: outcome.seen["seconds"] for name, outcome in seen.items()}
    goal = "ours ≤ 30 s and ≤ 50 database connections"
    figure = Figure("reconnect", "s", seconds[ours], seconds.get(BASELINE), goal)
    figure.holds = seconds[ours] <= 30 and peak[ours] <= 50
    cpu_ms = {name: round(1000 * outcome.server_seconds / sockets, 2) for name, outcome in seen.items()}
    figure.more = {"sockets": sockets, "at_once": at_once, "database_connections": peak, "cpu_ms_each": cpu_ms}
    figure.more["reconnect_ms"] = {name: outcome.seen["reconnect_ms"] for name, outcome in seen.items()}
    yield figure


def messages(stage: Stage, *, quick: bool, ours: str = "ours") -> Iterator[Figure]:
    """Durable messages a second in conversations that wait for a person."""
    count, concurrency, rounds = (40, 10, 1) if quick else (3000, 30, 3)
    names = _names(stage, ours)
    outcomes: dict[str, list[Outcome]] = {name: [] for name in names}
    for name in names:
        stage.run(stage.server(name, fixed=True), "messages", messages=concurrency, concurrency=concurrency)
    for _ in range(rounds):
        for name in names:
            server = stage.server(name, fixed=True)
            outcomes[name].append(stage.run(server, "messages", messages=count, concurrency=concurrency))
    rate = {name: median(outcome.seen["messages_per_second"] for outcome in of) for name, of in outcomes.items()}
    acks = {name: sorted((outcome.seen["ack_ms"] for outcome in of), key=_by_p99) for name, of in outcomes.items()}
    ack = {name: of[len(of) // 2] for name, of in acks.items()}
    goal = "ours ≥ 300/s with an ack p99 ≤ 150 ms"
    figure = Figure("durable_messages", "1/s", rate[ours], rate.get(BASELINE), goal)
    figure.holds = rate[ours] >= 300 and ack[ours]["p99"] <= 150
    cpu = {
        name: round(median(outcome.server_seconds for outcome in of) * 1000 / count, 2) for name, of in outcomes.items()
    }
    figure.more = {"customers": concurrency, "ack_ms": ack, "cpu_ms_each": cpu}
    yield figure


def _names(stage: Stage, ours: str) -> list[str]:
    return [name for name in (ours, BASELINE) if not stage.missing(name)]


def _once(stage: Stage, name: str, kind: str, **job: object) -> Outcome:
    """One job against a server that has served nothing yet: memory that others left behind is not counted."""
    server: Server = stage.fresh(name)
    try:
        return stage.run(server, kind, **job)
    finally:
        stage.retire(server)


def _by_p99(summary: dict[str, float]) -> float:
    return summary["p99"]


def _p99(beats: dict[str, dict[str, float]]) -> float | None:
    return beats[BASELINE]["p99"] if BASELINE in beats else None


@contextmanager
def _connections(stage: Stage, name: str) -> Iterator[list[int]]:
    """How many connections to the database servers of that name have, looked at ten times a second until the block ends."""
    seen = [0]
    done = threading.Event()

    def look() -> None:
        query = "SELECT count(*) FROM pg_stat_activity WHERE application_name = %s"
        with psycopg.connect(stage.live.environment["DATABASE_URL"], autocommit=True) as connection:
            while not done.wait(0.1):
                row = connection.execute(query, [name]).fetchone()
                seen.append(row[0] if row else 0)

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield seen
    finally:
        done.set()
        watcher.join()
