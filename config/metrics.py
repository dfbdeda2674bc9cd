"""What a scrape of `/metrics` gets: what all processes of this machine have counted, and what waits in the queues.

With PROMETHEUS_MULTIPROC_DIR processes count into files of that folder, and any of them can add them all up: the web processes
behind one port, and the workers beside them. A worker of another machine or container serves its own numbers on METRICS_PORT.
"""

import os
from pathlib import Path
from threading import Thread
from wsgiref.simple_server import WSGIServer

from django.conf import settings
from django_prometheus.exports import ExportToDjangoView
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest, start_http_server
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from config.queues import Lookups

# prometheus_client looks at it when it is first imported, and never again.
_FOLDER = os.environ.get("PROMETHEUS_MULTIPROC_DIR")

__all__ = ["CONTENT_TYPE_LATEST", "exposition", "serve_worker"]


def exposition() -> bytes:
    """All metrics in Prometheus' text format; blocks."""
    if _FOLDER:
        _forget_the_dead(Path(_FOLDER))
    looked_up = CollectorRegistry()
    looked_up.register(Lookups())
    # It needs no request: what was counted by all processes that share the folder, or, without one, by this process.
    counted: bytes = ExportToDjangoView(None).content
    return counted + generate_latest(looked_up)


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
    if not settings.METRICS_PORT:
        return None
    registry = REGISTRY
    if _FOLDER:
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return start_http_server(settings.METRICS_PORT, registry=registry)
