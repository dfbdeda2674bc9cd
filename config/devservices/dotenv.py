"""Reads `.env` without Django, only to know what the user has already set there."""

import re
from pathlib import Path

LINE = re.compile(r"""^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*?)\s*$""")


def read_dotenv(path: Path) -> dict[str, str]:
    """The assignments in a `.env` file; empty when there is none."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return {}
    found = {}
    for line in lines:
        if match := LINE.match(line):
            name, value = match.groups()
            found[name] = unquote(value)
    return found


def unquote(value: str) -> str:
    """A value without its quotes, or without a trailing comment when it has no quotes."""
    if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
        return value[1:-1]
    return re.split(r"\s+#", value)[0]
