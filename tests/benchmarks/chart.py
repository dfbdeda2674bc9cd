"""`python -m tests.benchmarks.chart PROFILE.folded PICTURE.svg`: where a turn's samples are, as bars."""

import sys
from collections import Counter
from html import escape
from pathlib import Path

# The first that is anywhere in a stack takes the sample.
PARTS = {
    "taking a connection from the pool, checked": ("psycopg_pool/",),
    "receiving the message: lock, rows, commit": ("receive_message (support/actions.py",),
    "committing the reply": ("answer (support/run_actions.py",),
    "reading the conversation for the agent": ("load (support/context.py",),
    "searching": ("knowledge/retrieval.py",),
    "Redis: limits, sessions, wake-ups, deltas": ("redis/", "channels_redis/"),
    "the model's stream": ("agents/llm.py", "openai/", "httpx2/"),
    "frames to the socket": ("support/feed.py", "support/sockets.py", "websockets_sansio_impl.py"),
    "what looks after others: polls, leases": ("support/queries.py", "renew (support"),
    "HTTP: starting sessions": ("rest_framework/",),
}
REST = "the rest"
WIDTH, ROW, LABEL = 760, 26, 330


def shares(folded: Path) -> dict[str, float]:
    """The share of each part, 0 to 1, of the samples in a file of `stack count` lines."""
    counted: Counter[str] = Counter()
    for line in folded.read_text().splitlines():
        stack, _, number = line.rpartition(" ")
        part = next((name for name, marks in PARTS.items() if any(mark in stack for mark in marks)), REST)
        counted[part] += int(number)
    total = sum(counted.values())
    return {name: counted[name] / total for name in [*PARTS, REST] if counted[name]}


def svg(bars: dict[str, float]) -> str:
    """The bars as a picture, the longest first."""
    scale = (WIDTH - LABEL - 60) / max(bars.values())
    rows = []
    for number, (name, share) in enumerate(sorted(bars.items(), key=lambda bar: -bar[1])):
        y = 10 + number * ROW
        rows.append(
            f'<text x="{LABEL - 10}" y="{y + 15}" text-anchor="end">{escape(name)}</text>'
            f'<rect x="{LABEL}" y="{y}" width="{share * scale:.0f}" height="{ROW - 6}" rx="2" fill="#3b6fd4"/>'
            f'<text x="{LABEL + share * scale + 6:.0f}" y="{y + 15}">{share:.0%}</text>'
        )
    size = f'width="{WIDTH}" height="{20 + ROW * len(rows)}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="13">'
    return "\n".join([head, '<rect width="100%" height="100%" fill="#fff"/>', *rows, "</svg>\n"])


if __name__ == "__main__":
    Path(sys.argv[2]).write_text(svg(shares(Path(sys.argv[1]))))
