"""docs/security.md names tests that exist."""

import re

from tests.engines import ROOT

PAGE = (ROOT / "docs" / "security.md").read_text()
# How many sections the chapters of ASVS 5.0.0 have.
SECTIONS = (5, 4, 7, 4, 4, 8, 6, 4, 2, 7, 7, 3, 4, 3, 4, 5, 3)


def test_every_file_it_names_exists():
    """Red when a test that it names is renamed."""
    named = set(re.findall(r"`((?:tests|config|docs)/[\w./-]+)`", PAGE))
    named |= {f"docs/{page}" for page in re.findall(r"\]\(([\w.]+\.md)", PAGE)}
    assert len(named) > 60
    assert sorted(name for name in named if not (ROOT / name).is_file()) == []


def test_every_line_has_a_test_or_says_why_not():
    """Red when a line claims something that nothing backs."""
    rows = [line.split(" | ") for line in PAGE.splitlines() if re.match(r"\| (V\d|\*\*V|LLM|an? |some|staff)", line)]
    claims = [row for row in rows if row[1].strip(" |")]
    unbacked = [
        row[0] for row in claims if "`tests/" not in row[-1] and not re.search("gap|does not apply|level 3", row[1])
    ]
    assert len(claims) > 50
    assert unbacked == []


def test_every_chapter_and_every_risk_is_there():
    assert re.findall(r"\*\*V(\d+) ", PAGE) == [str(number) for number in range(1, 18)]
    assert re.findall(r"^\| LLM(\d+)", PAGE, re.MULTILINE) == [f"{number:02}" for number in range(1, 11)]


def test_every_section_is_there_once():
    """Red when one is left out or named twice."""
    named = [tuple(map(int, found)) for found in re.findall(r"\bV(\d+)\.(\d+) [A-Z]", PAGE)]
    assert named == [(chapter, n) for chapter, many in enumerate(SECTIONS, 1) for n in range(1, many + 1)]
