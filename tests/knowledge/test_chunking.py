"""Markdown is cut into pieces that fit the model and know their headings."""

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from knowledge.chunking import Piece, split
from knowledge.model_files import model_path
from knowledge.recipes import CHUNK_TOKENS


@cache
def tokenizer() -> Tokenizer:
    loaded = Tokenizer.from_file(str(model_path() / "tokenizer.json"))
    loaded.no_truncation()
    loaded.no_padding()
    return loaded


def tokens(text: str) -> int:
    return len(tokenizer().encode(text, add_special_tokens=False).ids)


def pairs(body: str, title: str = "Title") -> list[tuple[str, str]]:
    return [(piece.heading, piece.text) for piece in split(title, body)]


LONG = " ".join(f"Sentence number {number} says something about refunds." for number in range(200))


@pytest.mark.parametrize(
    "body", [LONG, "word " * 2000, "x," * 2000, "- item of a list\n" * 400, "```\n" + "code = 1\n" * 400 + "```"]
)
def test_no_piece_is_longer_than_the_window(body):
    """Red when the splitter gets twice CHUNK_TOKENS. The fences of a part of a code block come on top."""
    pieces = split("Title", body)
    assert len(pieces) > 1
    assert all(tokens(piece.text.removeprefix("```\n").removesuffix("\n```")) <= CHUNK_TOKENS for piece in pieces)


def test_no_word_is_lost_in_a_long_text():
    words = " ".join(text for _, text in pairs(LONG)).split()
    assert words == LONG.split()


def test_pieces_know_the_headings_above_them():
    body = "Intro.\n\n# Install\n\nA\n\n## Linux\n\nB\n\n### Debian\n\nC\n\n## Mac\n\nD\n\n# Use\n\nE\n"
    assert pairs(body) == [
        ("", "Intro."),
        ("Install", "A"),
        ("Install › Linux", "B"),
        ("Install › Linux › Debian", "C"),
        ("Install › Mac", "D"),
        ("Use", "E"),
    ]


def test_underlined_headings_count_too():
    assert pairs("Install\n=======\n\nA\n\nLinux\n-----\nB\n") == [("Install", "A"), ("Install › Linux", "B")]


def test_a_heading_that_repeats_the_title_is_left_out():
    assert pairs("# How to refund\n\nA\n\n## Where\n\nB", "How to Refund") == [("", "A"), ("Where", "B")]


def test_what_looks_like_a_heading_in_code_is_none():
    body = "# Setup\n\n```bash\n# a comment\nmake run\n```\n\nDone.\n"
    assert pairs(body) == [("Setup", "```bash\n# a comment\nmake run\n```\n\nDone.")]


def test_a_table_survives():
    table = "| Plan | Price |\n|---|---|\n| Small | 5 |\n| Large | 9 |"
    assert pairs(f"# Prices\n\n{table}\n") == [("Prices", table)]


def test_code_survives_as_it_is():
    code = '```json\n{\n    "a": [1, 2],\n\n    "b": null\n}\n```'
    assert pairs(f"# Call\n\n{code}\n") == [("Call", code)]


def test_each_part_of_a_long_table_has_the_header():
    """Red when parts are left as the splitter gives them."""
    rows = [f"| Plan number {number} for peöple | {number} EUR every month |" for number in range(60)]
    parts = [text for _, text in pairs("Intro 🙂.\n\n| Plan | Price |\n|---|---|\n" + "\n".join(rows) + "\n\nAfter.")]
    tables = [part for part in parts if "Plan number" in part]
    assert len(tables) > 2
    assert all(part.startswith("| Plan | Price |\n|---|---|\n|") for part in tables)
    kept = [line for part in tables for line in part.split("\n") if "number" in line]
    assert kept == rows
    assert parts[0] == "Intro 🙂."
    assert parts[-1].endswith("After.")


@pytest.mark.parametrize("fence", ["```", "~~~~"])
def test_each_part_of_long_code_is_code(fence):
    """Red when parts are left as the splitter gives them."""
    lines = [f"def function_{number}(x): return x + {number}" for number in range(60)]
    parts = [text for _, text in pairs(f"{fence}python\n" + "\n".join(lines) + f"\n{fence}\n\nAfter.")]
    code = [part for part in parts if "def " in part]
    assert len(code) > 2
    assert all(part.startswith(f"{fence}python\n") for part in code)
    assert all(part.split("\n").count(fence) == 1 for part in code)
    assert [line for part in code for line in part.split("\n") if line.startswith("def")] == lines
    assert "After." in parts[-1]


@pytest.mark.parametrize("body", ["", "\n\n", "   \n", "# Title\n", "# Only a heading"])
def test_nothing_gives_no_pieces(body):
    assert pairs(body) == []


@pytest.mark.parametrize("newline", ["\r\n", "\r"])
def test_line_ends_do_not_matter(newline):
    body = "# A\n\none\n\n## B\n\ntwo\nthree\n"
    assert split("T", body.replace("\n", newline)) == split("T", body)


@pytest.mark.parametrize("odd", ["\x0b", "\x0c", "\x1c", "\x1d", "\x85", "\u2028", "\u2029"])
def test_odd_line_breaks_do_not_lose_text(odd):
    """PDF files bring form feeds along. Red when lines are cut by str.splitlines: Markdown knows fewer line ends."""
    assert pairs(f"# A\n\none{odd}two\n\n## B\n\nthree\n\nfour\n") == [
        ("A", f"one{odd}two"),
        ("A › B", "three\n\nfour"),
    ]


def test_the_same_text_gives_the_same_hashes():
    body = f"# A\n\n{LONG}"
    assert [piece.content_hash for piece in split("T", body)] == [piece.content_hash for piece in split("T", body)]


def test_a_change_far_away_leaves_hashes_alone():
    before = split("T", f"# A\n\none\n\n# B\n\n{LONG}")
    after = split("T", f"# A\n\nanother\n\n# B\n\n{LONG}")
    assert [piece.content_hash for piece in before[1:]] == [piece.content_hash for piece in after[1:]]
    assert before[0].content_hash != after[0].content_hash


def test_heading_and_text_cannot_be_mistaken_for_each_other():
    assert Piece("a", "b c").content_hash != Piece("a b", "c").content_hash


@settings(max_examples=60, deadline=None, database=None)
@given(
    st.lists(st.sampled_from(["# one", "## two", "three", "", "- four", "```", "| a | b |", "|---|---|"]), max_size=14)
)
def test_no_text_is_lost(lines):
    body = "\n".join(lines)
    kept = "\n".join(f"{piece.heading}\n{piece.text}" for piece in split("Title", body))
    for word in ("three", "four"):
        assert kept.count(word) >= body.count(word)
