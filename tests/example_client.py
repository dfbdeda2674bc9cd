"""docs/examples/client/replywell.py, as a program that has copied it would import it."""

import sys

from tests.engines import ROOT

sys.path.insert(0, str(ROOT / "docs" / "examples" / "client"))

from replywell import ApiError, Customer, Event, Integration

__all__ = ["ApiError", "Customer", "Event", "Integration"]
