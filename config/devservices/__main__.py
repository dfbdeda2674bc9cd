"""`python -m config.devservices`, which `make run` ends in."""

import asyncio
import sys

from .errors import DevServicesError
from .foreground import in_foreground
from .options import read_options
from .screen import Screen
from .stack import STAGES, Stack


def main() -> int:
    """Run everything in the foreground; returns the exit code."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")
    try:
        options = read_options()
        screen = Screen(STAGES)
        stack = Stack(options, screen)
        return asyncio.run(in_foreground(options.data_dir, screen, stack.start))
    except DevServicesError as error:
        print(f"Cannot start. {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
