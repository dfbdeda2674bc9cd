"""ChromaDB with the same vectors: in process, and as a server on the same machine. Empty where it is not installed."""

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from config.devservices.port import listen
from tests.benchmarks import vectors
from tests.benchmarks.passages import Question

_BATCH = 2000
# Its ef_search is raised until it finds as much as we do.
_EFFORTS = (20, 40, 80, 160, 320)
PATIENCE = 60.0


def compare(
    data: NDArray[np.float32], questions: list[Question], exact: list[list[int]], enough: float
) -> dict[str, float]:
    """Medians in milliseconds, and the recall that goes with them."""
    try:
        import chromadb
    except ImportError:
        return {}
    seen: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="bench-chroma-") as folder:
        own = chromadb.PersistentClient(f"{folder}/own")
        effort, seen["chroma in process"], seen["chroma recall"] = _in_process(own, data, questions, exact, enough)
        port = _free_port()
        program = str(Path(sys.executable).parent / "chroma")
        command = [sys.executable, program, "run", "--path", f"{folder}/server", "--port", str(port)]
        server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            collection = _filled(_connected(chromadb, port), data, effort)
            seen["chroma server"], _, _ = _asked(collection, questions)
        finally:
            server.kill()
            server.wait()
    return seen


def _in_process(
    client: Any, data: NDArray[np.float32], questions: list[Question], exact: list[list[int]], enough: float
) -> tuple[int, float, float]:
    """The least effort that finds enough, its median and its recall."""
    collection = _filled(client, data, _EFFORTS[0])
    for effort in _EFFORTS:
        collection.modify(configuration={"hnsw": {"ef_search": effort}})
        p50, _, found = _asked(collection, questions)
        if vectors.recall(found, exact) >= enough:
            break
    return effort, p50, vectors.recall(found, exact)


def _filled(client: Any, data: NDArray[np.float32], effort: int) -> Any:
    graph = {"space": "ip", "ef_search": effort, "max_neighbors": 16, "ef_construction": 64}
    collection = client.create_collection("passages", configuration={"hnsw": graph})
    for start in range(0, len(data), _BATCH):
        batch = data[start : start + _BATCH]
        collection.add(ids=[str(start + number) for number in range(len(batch))], embeddings=batch)
    return collection


def _asked(collection: Any, questions: list[Question]) -> tuple[float, float, list[Any]]:
    from tests.benchmarks.search_worker import timed

    def ask(question: Question) -> list[int]:
        answer = collection.query(query_embeddings=[question.vector], n_results=vectors.NEAREST, include=[])
        return [int(name) for name in answer["ids"][0]]

    return timed(ask, questions)


def _connected(chromadb: Any, port: int) -> Any:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return chromadb.HttpClient("127.0.0.1", port)
        except Exception:  # it has several for a server that is not up yet
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def _free_port() -> int:
    with listen("127.0.0.1", 0) as socket:
        port: int = socket.getsockname()[1]
        return port
