"""`make audit` asks about every package that is pinned; what it is answered is up to the advisory service."""

import os
import re
import subprocess

from tests.engines import ROOT

PINNED = ("requirements.txt", "tests/requirements.txt", "tests/sbom-requirements.txt")


def test_every_pinned_package_is_asked_about():
    """A dry run needs no network. Red when the recipe leaves out a file: pip-audit follows no `-r` that stands in one."""
    # Not as a part of the `make` that may have started the tests, which would say more than the recipe.
    alone = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    command = ["make", "-n", "audit", "ARGS=--dry-run"]
    named = subprocess.run(command, cwd=ROOT, env=alone, check=True, capture_output=True, text=True)
    recipe = named.stdout.splitlines()[-1]
    done = subprocess.run(["sh", "-c", recipe], cwd=ROOT, check=True, capture_output=True, text=True, timeout=100)
    pins = {pin for name in PINNED for pin in re.findall(r"^[^#\s]+==\S+", (ROOT / name).read_text(), re.MULTILINE)}
    assert f"would have audited {len(pins)} packages" in done.stderr
    assert len(pins) > 250
