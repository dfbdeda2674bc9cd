"""What a web process does while it starts, beside checking what it was given."""

import os
import subprocess
import sys

from tests.engines import ROOT

STARTED = """
import asyncio, gc
from config.asgi import application

async def start():
    await application._start()
    await application._warming
    print(gc.get_freeze_count())
    await application._stop()

asyncio.run(start())
"""


def test_the_collector_leaves_alone_what_was_loaded():
    """Red when `_warm` does not freeze, or `_start` does not warm: each full collection is then a silence of 170 ms."""
    run = subprocess.run([sys.executable, "-c", STARTED], cwd=ROOT, env=os.environ, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert int(run.stdout.splitlines()[-1]) > 100_000
