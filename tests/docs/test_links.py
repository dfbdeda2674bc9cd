"""Every link in README and docs leads somewhere, and README leads to every page."""

import re
from pathlib import Path

import pytest

from tests.docs.pages import PAGES, anchors, name, prose
from tests.engines import ROOT


def links(page: Path) -> list[str]:
    """What the page links to in the repository, pictures included."""
    found = re.findall(r"\]\(([^)\s]+)\)", prose(page))
    return [link for link in found if not re.match(r"https?:|mailto:", link)]


def target(page: Path, link: str) -> tuple[Path, str]:
    """The file or folder, and the anchor in it."""
    path, _, anchor = link.partition("#")
    return (page.parent / path).resolve() if path else page, anchor


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_what_it_links_to_is_there(page):
    """Red when a page is renamed, or a heading that another page links to is worded otherwise."""
    for link in links(page):
        path, anchor = target(page, link)
        assert path.exists(), link
        assert path.is_relative_to(ROOT), f"{link} leads out of the repository"
        assert not anchor or anchor in anchors(path), link


def test_readme_leads_to_every_page():
    """Red when a page is added that README does not name; records of decisions and help articles have lists of their own."""
    named = {target(ROOT / "README.md", link)[0] for link in links(ROOT / "README.md")}
    assert sorted(map(name, set((ROOT / "docs").glob("*.md")) - named)) == []
    records = ROOT / "docs" / "decisions"
    listed = {target(records / "README.md", link)[0] for link in links(records / "README.md")}
    assert sorted(map(name, set(records.glob("0*.md")) - listed)) == []


def test_readme_fits_on_a_screen():
    lines = (ROOT / "README.md").read_text().splitlines()
    assert len(lines) <= 60


@pytest.mark.parametrize("record", sorted((ROOT / "docs" / "decisions").glob("0*.md")), ids=lambda path: path.stem)
def test_a_decision_says_all_that_one_asks(record):
    """Red when a record lacks a part, or its number is not that of its file."""
    text = record.read_text()
    assert text.startswith(f"# {int(record.stem[:4])}. ")
    parts = re.findall(
        r"^\*\*(Context|Decision|Alternatives considered|Consequences|Revisit when)\b", text, re.MULTILINE
    )
    assert parts == ["Context", "Decision", "Alternatives considered", "Consequences", "Revisit when"]
    for path in re.findall(r"`((?:tests|config|docs|support|agents|knowledge)/[\w./]+)`", text):
        assert (ROOT / path).exists(), path
