"""Which processors the measured server gets, and what a process has used of them."""

import os

import psutil

_TICKS = os.sysconf("SC_CLK_TCK")


def split() -> tuple[set[int], set[int]]:
    """(the measured server's one processor, everybody else's); the same ones where there is only one."""
    available = sorted(os.sched_getaffinity(0))
    return {available[-1]}, set(available[:-1] or available)


def seconds_used(pid: int) -> float:
    """User and system time of one process."""
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def tree_seconds(pid: int) -> float:
    """The same of a process with its present children."""
    total = seconds_used(pid)
    for child in psutil.Process(pid).children(recursive=True):
        try:
            total += seconds_used(child.pid)
        except FileNotFoundError:
            pass  # gone in the meantime
    return total


def tree_rss_mb(pid: int) -> float:
    """Resident memory of a process and its children."""
    process = psutil.Process(pid)
    return sum(each.memory_info().rss for each in [process, *process.children(recursive=True)]) / 1e6


def engines() -> list[psutil.Process]:
    """PostgreSQL and Valkey, when this process started them."""
    return [child for child in psutil.Process().children() if child.name().startswith(("postgres", "valkey"))]
