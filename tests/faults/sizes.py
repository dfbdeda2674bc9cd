"""Every fault has two sizes: a quick one in the ordinary suite, the full one in `make faults`."""

from typing import Any

import pytest


def sized(quick: Any, full: Any, minutes: int = 30) -> pytest.MarkDecorator:
    """Run the test with `size` quick, and with `size` full when asked for faults."""
    marks = [pytest.mark.faults, pytest.mark.timeout(minutes * 60)]
    return pytest.mark.parametrize(
        "size", [pytest.param(quick, id="quick"), pytest.param(full, id="full", marks=marks)]
    )
