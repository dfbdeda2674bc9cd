"""What a scrape of `/metrics` gets: what all processes of this machine have counted, and what waits in the queues.

With PROMETHEUS_MULTIPROC_DIR processes count into files of that folder, and any of them can add them all up: the web processes
behind one port, and the workers beside them. A worker of another machine or container serves its own numbers on METRICS_PORT.
"""

import os
from pathlib import Path
from threading import Thread
from wsgiref.simple_server import WSGIServer

from django.conf import settings
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest, start_http_server
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from config.queues import Lookups

__all__ = ["CONTENT_TYPE_LATEST", "exposition", "serve_worker"]


def exposition() -> bytes:
    """All metrics in Prometheus' text format; blocks."""
    looked_up = CollectorRegistry()
    looked_up.register(Lookups())
    return generate_latest(_counted()) + generate_latest(looked_up)


def _counted() -> CollectorRegistry:
    """What was counted: by all processes that share the folder, or, without one, by this process."""
    folder = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    if not folder:
        return REGISTRY
    _forget_the_dead(Path(folder))
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return registry


def _forget_the_dead(folder: Path) -> None:
    """What a killed process had open is not open any more; what it has counted still counts."""
    for pid in {int(file.stem.rsplit("_", 1)[1]) for file in folder.glob("gauge_live*_*.db")}:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            mark_process_dead(pid)  # type: ignore[no-untyped-call]
        except PermissionError:
            pass  # alive, and another user's


def serve_worker() -> tuple[WSGIServer, Thread] | None:
    """Serve what this worker counts on METRICS_PORT, if there is one; returns the server and its thread."""
    return start_http_server(settings.METRICS_PORT, registry=_counted()) if settings.METRICS_PORT else None
