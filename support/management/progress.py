"""How a long command shows that it is getting on."""

import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, TextIO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn


def stream(wrapper: Any) -> TextIO:
    """The stream under a command's `stdout`, which would end each piece of a bar with a line break."""
    under: TextIO = wrapper._out
    return under


@contextmanager
def quiet() -> Iterator[None]:
    """An event for each article would drown what a command says itself."""
    logger = logging.getLogger("replywell")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)


class Report:
    """A bar on a terminal; elsewhere plain lines, complaints among them on the error stream."""

    def __init__(self, out: TextIO, err: TextIO) -> None:
        self._out, self._err = out, err
        self._console = Console(file=out) if out.isatty() else None

    def say(self, line: str) -> None:
        """A line of the result."""
        self._print(line, self._out)

    def complain(self, line: str) -> None:
        """A line about something that went wrong."""
        self._print(line, self._err)

    def _print(self, line: str, stream: TextIO) -> None:
        if self._console:  # it keeps the bar below what is printed
            self._console.print(line, markup=False, highlight=False, soft_wrap=True)
        else:
            print(line, file=stream, flush=True)

    @contextmanager
    def stage(self, label: str, total: int) -> Iterator[Callable[[int], None]]:
        """Gives a function to be told how many of `total` have been done."""
        if self._console is None:
            self.say(f"{label}: {total:,}")
            yield lambda done: None
            return
        columns: list[Any] = [
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
        ]
        with Progress(*columns, console=self._console) as progress:
            task = progress.add_task(label, total=total)
            yield lambda done: progress.update(task, advance=done)


class Bars:
    """A bar for each stage of a work that tells by itself how far it is."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._bar = ExitStack()
        self._stage: tuple[str, int] | None = None
        self._shown = 0
        self._advance: Callable[[int], None] = lambda done: None

    def __enter__(self) -> "Bars":
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()

    def show(self, label: str, done: int, total: int) -> None:
        """So many of `total` are done in the stage of this label."""
        if self._stage != (label, total):
            self._bar.close()
            self._advance = lambda done: None
            self._stage, self._shown = (label, total), 0
            if total == 0:  # nothing that could be counted
                self._report.say(f"{label} …")
                return
            self._advance = self._bar.enter_context(self._report.stage(label, total))
        self._advance(done - self._shown)
        self._shown = done
