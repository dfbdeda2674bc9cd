"""The process's hub and its repair: one of each, on the running loop."""

from support.hub import Hub
from support.repair import Repair

_hub: Hub | None = None
_repair: Repair | None = None


def start() -> Hub:
    """Make and start the process's hub and its repair, on the running loop."""
    global _hub, _repair
    _hub = Hub()
    _hub.start()
    _repair = Repair(_hub)
    _repair.start()
    return _hub


def hub() -> Hub:
    """The process's hub. RuntimeError before `start`."""
    if _hub is None:
        raise RuntimeError("The hub has not been started.")
    return _hub


def running() -> Hub | None:
    """The process's hub, or None in a process without one (a command, a Celery task)."""
    return _hub


async def stop() -> None:
    """Stop both."""
    global _hub, _repair
    if _repair is not None:
        repair, _repair = _repair, None
        await repair.stop()
    if _hub is not None:
        stopping, _hub = _hub, None
        await stopping.stop()
