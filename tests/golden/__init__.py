"""Questions about the demo help centre, with what should come of them; see README.md."""

from pathlib import Path

FOLDER = Path(__file__).parent
