"""The scripted model as a process of its own: forty deltas, `pause` seconds apart. Prints its address."""

import sys
import threading

from tests.fakes.model import ModelServer, Say

DELTAS = 40
_WORDS = ("You ", "will ", "find ", "the ", "setting ", "on ", "the ", "page ", "of ", "your ")
PIECES = (*(_WORDS * (DELTAS // len(_WORDS)))[:-1], "inbox [1].")


def main(pause: float) -> None:
    with ModelServer() as server:
        server.requests = _Nothing()  # type: ignore[assignment]
        server.script("", Say(PIECES, pause=pause))
        print(server.base_url, flush=True)
        threading.Event().wait()


class _Nothing:
    """A list that keeps nothing: thousands of prompts are not looked at here."""

    def append(self, item: object) -> None:
        pass


if __name__ == "__main__":
    main(float(sys.argv[1]))
