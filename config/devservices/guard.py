"""The last one to leave: ends the supervisor's children when the supervisor itself was killed.

A program of its own, started with the read end of a pipe as its input. The supervisor writes
`+ GROUP SIGNAL` and `- GROUP` as process groups come and go. The end of the input means that
the supervisor is gone, however it went; whatever is still listed then is ended, gently for
a few seconds where the signal is a gentle one, then by force.
"""

import os
import signal
import sys
import time

GRACE = 8.0


def send(group: int, number: int) -> bool:
    """Signal a process group; false when there is none left."""
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return False
    except PermissionError:
        # macOS answers so for a group of zombies.
        return False
    return True


def end_all(groups: dict[int, int]) -> None:
    """End every listed group."""
    for group, number in groups.items():
        send(group, number)
    deadline = time.monotonic() + GRACE
    while time.monotonic() < deadline and any(send(group, 0) for group in groups):
        time.sleep(0.05)
    for group in groups:
        send(group, signal.SIGKILL)


def main() -> None:
    """Follow the list until the supervisor is gone."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    groups: dict[int, int] = {}
    for line in sys.stdin:
        action, group, *rest = line.split()
        if action == "+":
            groups[int(group)] = int(rest[0])
        else:
            groups.pop(int(group), None)
    end_all(groups)


if __name__ == "__main__":
    main()
