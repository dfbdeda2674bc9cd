"""`python -m tests.benchmarks.profiling FOLDER`: sample ours and bare under turns, without the embedding; folded stacks.

Reads with py-spy, from outside: the servers run as they always do.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.benchmarks import venv
from tests.benchmarks.stage import Stage, installation

CONCURRENCY, TURNS = 20, 300


def sample(stage: Stage, name: str, folder: Path) -> float:
    """Write `NAME.folded` (stack; samples); returns the processor time of a turn in milliseconds, unobserved."""
    server = stage.server(name, fixed=True)
    stage.run(server, "turns", turns=20, concurrency=5)
    plain = stage.run(server, "turns", turns=TURNS, concurrency=CONCURRENCY)
    spy = [str(venv.PYTHON.with_name("py-spy")), "record", "-p", str(server.pids[0]), "-f", "raw", "-r", "40", "-t"]
    with subprocess.Popen(
        [*spy, "-d", "600", "-o", str(folder / f"{name}.folded")], stderr=subprocess.DEVNULL
    ) as running:
        time.sleep(1)
        stage.run(server, "turns", turns=TURNS, concurrency=CONCURRENCY)
        running.send_signal(2)
    return plain.server_seconds * 1000 / TURNS


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="replywell-bench-") as data, installation(Path(data)) as live:
        with Stage(live) as stage:
            for name in ("ours", "bare"):
                print(name, round(sample(stage, name, folder), 2), "ms a turn", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
