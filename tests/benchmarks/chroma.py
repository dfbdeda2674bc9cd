"""ChromaDB with the same vectors: in process, and as a server on the same machine. None where it is not installed."""

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from config.devservices.port import listen
from tests.benchmarks import vectors
from tests.benchmarks.passages import Question
from tests.benchmarks.recall import Engine

_BATCH, _NAME = 2000, "passages"
_GRAPH = {"space": "ip", "max_neighbors": 16, "ef_construction": 64}
PATIENCE = 60.0


class _Collection:
    """The passages through a client. ChromaDB heeds another ef_search only once it opens the collection anew."""

    def __init__(self, connect: Callable[[], Any], disconnect: Callable[[Any], None]) -> None:
        self._connect, self._disconnect = connect, disconnect
        self._client = connect()
        self._passages = self._client.get_collection(_NAME)

    def set_effort(self, effort: int) -> None:
        self._passages.modify(configuration={"hnsw": {"ef_search": effort}})
        self.close()
        self._client = self._connect()
        self._passages = self._client.get_collection(_NAME)

    def ask(self, question: Question) -> list[int]:
        answer = self._passages.query(query_embeddings=[question.vector], n_results=vectors.NEAREST, include=[])
        return [int(name) for name in answer["ids"][0]]

    def close(self) -> None:
        self._disconnect(self._client)


@contextmanager
def engines(data: NDArray[np.float32]) -> Iterator[list[Engine]]:
    """Both, with the same graph. They end with the block."""
    try:
        import chromadb
        from chromadb.api.shared_system_client import SharedSystemClient
    except ImportError:
        yield []
        return

    def close(client: Any) -> None:
        client.close()
        # It would be handed out again, closed as it is.
        SharedSystemClient.clear_system_cache()

    with tempfile.TemporaryDirectory(prefix="bench-chroma-") as folder, _Server(f"{folder}/server") as server:
        client = chromadb.PersistentClient(f"{folder}/own")
        _fill(client, data)
        close(client)
        shutil.copytree(f"{folder}/own", f"{folder}/server")
        own = _Collection(lambda: chromadb.PersistentClient(f"{folder}/own"), close)
        remote = _Collection(lambda: server.start(chromadb), lambda client: server.stop())
        yield [
            Engine("ChromaDB in process", own.set_effort, own.ask),
            Engine("ChromaDB server", remote.set_effort, remote.ask),
        ]
        own.close()


def _fill(client: Any, data: NDArray[np.float32]) -> None:
    collection = client.create_collection(_NAME, configuration={"hnsw": _GRAPH})
    for start in range(0, len(data), _BATCH):
        batch = data[start : start + _BATCH]
        collection.add(ids=[str(start + number) for number in range(len(batch))], embeddings=batch)


class _Server:
    """`chroma run` on a folder; a context that ends it."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, chromadb: Any) -> Any:
        """Start it; returns a client."""
        port = _free_port()
        program = str(Path(sys.executable).parent / "chroma")
        command = [sys.executable, program, "run", "--path", self._folder, "--port", str(port)]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return _connected(chromadb, port)

    def stop(self) -> None:
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None

    def __enter__(self) -> "_Server":
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()


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
