"""Is it well? `/livez`: the process answers. `/readyz`: it can serve. `/health`: component by component."""

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse

from config import metrics as counted
from config.common import redis
from config.common.address import is_internal
from knowledge import recipes
from knowledge.embeddings import backend


class NotWell(Exception):
    """A component that answers, and what it says is wrong."""


# HNSW scans that go on until enough rows pass the filter came with this version.
MIN_PGVECTOR = (0, 8)


def _database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT extversion FROM pg_extension WHERE extname = 'vector'")
        row = cursor.fetchone()
    # Without any the migrations have not run, which is a component of its own.
    if row and tuple(int(part) for part in row[0].split(".")[:2]) < MIN_PGVECTOR:
        raise NotWell(f"pgvector {row[0]} is older than 0.8; update it, then ALTER EXTENSION vector UPDATE")


def _migrations() -> None:
    global _migrated
    if _migrated:
        return
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        raise NotWell(f"{len(missing)} migrations are not applied; run manage.py migrate")
    _migrated = True


# What was applied stays applied while this code runs; looking takes long enough to slow the start down.
_migrated = False


def _redis() -> None:
    redis.client().ping()


def _embedding_model() -> None:
    global _fitting
    recipe = None
    with suppress(DatabaseError):  # which is a component of its own
        recipes.follow()
        recipe = recipes.in_use()
    model = backend()
    if not model.ready:
        raise NotWell("still loading")
    if recipe is None or recipe == _fitting:
        return
    if (gives := model.encode("dimensions").vector.size) != recipe.dimensions:
        raise NotWell(f"gives {gives} dimensions, and the index has {recipe.dimensions}; run manage.py reindex")
    _fitting = recipe


# The index whose vectors the model was found to fit: to ask it at each probe would cost a search.
_fitting: recipes.Recipe | None = None


COMPONENTS: dict[str, Callable[[], None]] = {
    "database": _database,
    "migrations": _migrations,
    "redis": _redis,
    "embedding_model": _embedding_model,
}


def examine(check: Callable[[], None]) -> dict[str, Any]:
    """One component's state: `{status, latency_ms, detail?}`."""
    started = time.perf_counter()
    try:
        check()
        state: dict[str, Any] = {"status": "ok"}
    except NotWell as error:
        state = {"status": "failing", "detail": str(error)}
    except Exception as error:  # noqa: BLE001 - whatever is wrong with a component is its state
        # The class only: messages of drivers carry host names and users.
        state = {"status": "failing", "detail": type(error).__name__}
    return state | {"latency_ms": round((time.perf_counter() - started) * 1000, 1)}


def _report() -> tuple[dict[str, Any], int]:
    components = {name: examine(check) for name, check in COMPONENTS.items()}
    is_well = all(state["status"] == "ok" for state in components.values())
    return {"status": "ok" if is_well else "failing", "components": components}, 200 if is_well else 503


def health(request: HttpRequest) -> JsonResponse:
    """Every component with its latency; 503 when one of them fails."""
    return _answer(*_report())


def readyz(request: HttpRequest) -> JsonResponse:
    """Whether this process can serve customers."""
    report, status = _report()
    failing = sorted(name for name, state in report["components"].items() if state["status"] != "ok")
    return _answer({"status": report["status"], "failing": failing}, status)


def _answer(report: dict[str, Any], status: int) -> JsonResponse:
    response = JsonResponse(report, status=status)
    # Django would log a 503 as an error at every probe.
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response


def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus metrics, for scrapers on this machine or its private network: not through a proxy."""
    if not is_internal(request.META.get("REMOTE_ADDR") or "", request.headers.get("X-Forwarded-For", "")):
        raise Http404
    return HttpResponse(counted.exposition(), content_type=counted.CONTENT_TYPE_LATEST)


async def livez(request: HttpRequest) -> JsonResponse:
    """Whether the event loop turns."""
    return JsonResponse({"status": "ok"})
