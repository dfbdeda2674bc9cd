"""Vector searches of several engines at the same recall: each with the least effort that reaches it, asked in turns."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from knowledge.evaluation.metrics import percentile
from tests.benchmarks import vectors
from tests.benchmarks.passages import Question

TARGETS = (0.95, 0.98, 0.99)
# ef_search of HNSW; at least as many as are asked for.
_EFFORTS = (10, 15, 20, 30, 40, 50, 60, 80, 100, 120, 160, 200, 240, 320, 400, 640)
_ROUNDS = 5


@dataclass(frozen=True)
class Engine:
    """Something that finds the nearest: `ask` returns their numbers, after `set_effort`."""

    name: str
    set_effort: Callable[[int], Any]
    ask: Callable[[Question], list[int]]


@dataclass(frozen=True)
class Reached:
    """With which effort an engine reached `target`, what it then found, and milliseconds at the median of the questions."""

    engine: str
    target: float
    effort: int
    recall: float
    p50: float


def compare(engines: list[Engine], questions: list[Question], exact: list[list[int]]) -> list[Reached]:
    """For each recall and each engine that reaches it, in this order."""
    recalls = {engine.name: _recalls(engine, questions, exact) for engine in engines}
    reached = []
    for target in TARGETS:
        efforts = {
            name: next((effort for effort, recall in found.items() if recall >= target), None)
            for name, found in recalls.items()
        }
        able = [engine for engine in engines if efforts[engine.name]]
        for engine in able:
            engine.set_effort(efforts[engine.name] or 0)
        for name, p50 in _in_turns(able, questions).items():
            effort = efforts[name] or 0
            reached.append(Reached(name, target, effort, recalls[name][effort], p50))
    return reached


def _recalls(engine: Engine, questions: list[Question], exact: list[list[int]]) -> dict[int, float]:
    """By effort, up to the first that finds enough for the last target."""
    found: dict[int, float] = {}
    for effort in _EFFORTS:
        engine.set_effort(effort)
        found[effort] = vectors.recall([engine.ask(question) for question in questions], exact)
        if found[effort] >= TARGETS[-1]:
            break
    return found


def _in_turns(engines: list[Engine], questions: list[Question]) -> dict[str, float]:
    """Medians of what each question takes at best: whoever else uses the machine is in the way of some rounds only."""
    least = {engine.name: [math.inf] * len(questions) for engine in engines}
    for _ in range(_ROUNDS):
        for number, question in enumerate(questions):
            for engine in engines:
                started = time.perf_counter()
                engine.ask(question)
                took = (time.perf_counter() - started) * 1000
                least[engine.name][number] = min(least[engine.name][number], took)
    return {name: percentile(took, 0.5) for name, took in least.items()}
