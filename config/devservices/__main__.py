"""`python -m config.devservices`, which `make run` ends in, and `make cluster` with `cluster` as its argument."""

import asyncio
import sys

from .cluster import Cluster
from .errors import DevServicesError
from .foreground import in_foreground
from .options import read_options
from .screen import Screen
from .stack import Stack


def main() -> int:
    """Run everything in the foreground; returns the exit code."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")
    try:
        kind, web_processes = (Cluster, 2) if sys.argv[1:] == ["cluster"] else (Stack, 1)
        screen = Screen(kind.stages)
        stack = kind(read_options(web_processes=web_processes), screen)
        return asyncio.run(in_foreground(stack.options.data_dir, screen, stack.start))
    except DevServicesError as error:
        print(f"Cannot start. {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
