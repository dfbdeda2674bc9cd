"""What a step costs a PostgreSQL server: seconds, processor time and memory of its processes, from /proc."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from config.devservices.postgres import Postgres

_TICKS = os.sysconf("SC_CLK_TCK")
_EVERY_SECONDS = 0.5


class Watch:
    """Of the server in a folder; `say` is given the figures of each step."""

    def __init__(self, folder: Path, say: Callable[..., None]) -> None:
        self._postmaster = int((Postgres(folder).data / "postmaster.pid").read_text().split()[0])
        self._say = say

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Inside it is watched. `peak_mib`: the most that one process had of its own, shared buffers apart."""
        peak, over = [0.0], threading.Event()
        watcher = threading.Thread(target=self._look, args=(peak, over), daemon=True)
        watcher.start()
        clock, cpu, own = time.perf_counter(), self._cpu(), time.process_time()
        yield
        seconds, cpu, own = time.perf_counter() - clock, self._cpu() - cpu, time.process_time() - own
        over.set()
        watcher.join()
        self._say(name, seconds=round(seconds, 1), cpu=round(cpu, 1), client_cpu=round(own, 1), peak_mib=round(peak[0]))

    def _look(self, peak: list[float], over: threading.Event) -> None:
        while not over.wait(_EVERY_SECONDS):
            for process in self._processes():
                with suppress(OSError, StopIteration):
                    lines = Path(f"/proc/{process}/status").read_text().splitlines()
                    kib = next(int(line.split()[1]) for line in lines if line.startswith("RssAnon:"))
                    peak[0] = max(peak[0], kib / 1024)

    def _processes(self) -> list[int]:
        children = Path(f"/proc/{self._postmaster}/task/{self._postmaster}/children").read_text()
        return [int(process) for process in children.split()]

    def _cpu(self) -> float:
        """Seconds of the server: of its processes, and of those that have ended."""
        ticks = sum(_times(self._postmaster))
        for process in self._processes():
            with suppress(OSError):
                ticks += sum(_times(process)[:2])
        return ticks / _TICKS


def _times(process: int) -> list[int]:
    """utime, stime, cutime, cstime."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return [int(field) for field in fields[11:15]]
