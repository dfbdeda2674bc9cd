"""`python -m tests.benchmarks [NAME…] [--quick]`: run benchmarks, print one line of JSON for each figure."""

import argparse
import sys
import tempfile
from pathlib import Path

from tests import engines
from tests.benchmarks import venv
from tests.benchmarks.stage import Stage, installation
from tests.benchmarks.suite import BENCHMARKS


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench ARGS=…", description="Benchmarks, ours beside other servers.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(BENCHMARKS)}; all by default")
    parser.add_argument("--quick", action="store_true", help="few of everything: does it work, not how fast")
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - set(BENCHMARKS):
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}")
    if reason := venv.ensure():
        print(f"Without baselines: {reason}", file=sys.stderr)
    with tempfile.TemporaryDirectory(prefix="replywell-bench-") as folder, installation(Path(folder)) as live:
        with Stage(live, fixed_only=arguments.quick) as stage:
            for name in arguments.names or BENCHMARKS:
                for figure in BENCHMARKS[name](stage, quick=arguments.quick):
                    print(figure.line(), flush=True)
    engines.pytest_unconfigure()
    return 0


if __name__ == "__main__":
    sys.exit(main())
