"""Progress that can be followed with and without a terminal."""

import asyncio
import io

from config.devservices.screen import Screen


class Terminal(io.StringIO):
    """A stream that claims to be a terminal."""

    def isatty(self) -> bool:
        return True


def play(out: io.StringIO) -> str:
    async def scenario() -> None:
        screen = Screen(2, out)
        async with screen.stage("First"):
            pass
        async with screen.stage("Second"):
            screen.child_line("web-1", "hello")

    asyncio.run(scenario())
    return out.getvalue()


def test_a_pipe_gets_plain_lines() -> None:
    assert play(io.StringIO()).splitlines() == [
        "[1/2] First ... 0.0 s",
        "[2/2] Second ...",
        "web-1         | hello",
        "[2/2] Second ... 0.0 s",
    ]


def test_a_terminal_gets_colours_and_one_line_per_stage() -> None:
    shown = play(Terminal())
    assert "\x1b[K" in shown
    assert shown.count("\n") == 3
