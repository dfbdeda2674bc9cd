"""What customers write who want a person, who are angry, and who are neither: examples that texts are compared with."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Meaning = Literal["person", "anger"]
MEANINGS: tuple[Meaning, ...] = ("person", "anger")

FILE = Path(__file__).parent / "phrasings.jsonl"


@dataclass(frozen=True)
class Phrasing:
    """A text, and what it means: one of MEANINGS, both, or neither."""

    text: str
    means: frozenset[str]


def read(file: Path = FILE) -> list[Phrasing]:
    """The phrasings of a file of {text, means: […]}, one to a line."""
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    return [Phrasing(row["text"], frozenset(row["means"])) for row in rows]
