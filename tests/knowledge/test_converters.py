"""What files become."""

import io
import json
from typing import Any

import pytest

from knowledge.converters import BY_MEDIA_TYPE, convert, convert_content, file_id, jsonl
from knowledge.converters.document import ConversionError, Document, Failure
from knowledge.converters.reading import Content
from knowledge.ingestion import MAX_BODY_CHARACTERS


@pytest.fixture
def file(tmp_path):
    def make(name, content):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return make


def one(path):
    [found] = convert(path)
    return found


def found(path) -> list[Any]:
    return list(convert(path))


def reason(path):
    found = one(path)
    assert isinstance(found, Failure)
    assert found.where.startswith(str(path))
    return found.reason


# -- Markdown


def test_the_first_heading_of_markdown_is_the_title(file):
    found = one(file("a.md", "Intro.\n\n# Refunds **now** `x`\n\nText.\n\n# Second\n\nMore.\n"))
    assert found.title == "Refunds now x"
    assert found.body == "Intro.\n\n\nText.\n\n# Second\n\nMore.\n"


def test_a_heading_in_a_code_block_is_no_title(file):
    found = one(file("my-first_guide.md", "```\n# comment\n```\n\n## Section\n"))
    assert found.title == "My first guide"
    assert "# comment" in found.body


def test_an_underlined_heading_is_a_title_too(file):
    assert one(file("a.md", "Refunds\n=======\n\nText.")).title == "Refunds"


@pytest.mark.parametrize("separator", ["\x0c", "\x1c", "\u2028", "\x85"])
def test_unusual_line_separators_do_not_shift_the_title(file, separator):
    found = one(file("a.md", f"One{separator}two\n\n# Title\n\nThree"))
    assert (found.title, found.body) == ("Title", f"One{separator}two\n\n\nThree\n")


def test_front_matter_gives_title_and_url(file):
    found = one(file("a.md", '---\ntitle: "Give back: how"\nurl: https://x.org/a\ntags:\n  - b\n---\n# Other\n\nText.'))
    assert (found.title, found.url) == ("Give back: how", "https://x.org/a")
    assert found.body == "# Other\n\nText."


def test_thematic_breaks_are_no_front_matter(file):
    text = "---\nJust a sentence, nothing more\n---\nText."
    assert one(file("a.md", text)).body == text


def test_a_bad_url_in_front_matter_is_refused(file):
    assert "url must be an http or https address" in reason(file("a.md", "---\nurl: javascript:alert(1)\n---\nText"))


# -- Bytes


def test_a_byte_order_mark_and_windows_line_ends_are_taken_off(file):
    found = one(file("a.md", b"\xef\xbb\xbf# Title\r\n\r\nText\r\n"))
    assert (found.title, found.body) == ("Title", "Text\n")


@pytest.mark.parametrize("name", ["a.md", "a.txt", "a.html"])
def test_bytes_that_are_no_utf8_are_refused(file, name):
    assert "is not UTF-8 text (byte 3)" in reason(file(name, b"abc\xff\xfe"))


@pytest.mark.parametrize("name", ["a.md", "a.txt", "a.html"])
def test_nul_is_refused(file, name):
    assert "NUL" in reason(file(name, "<p>text\x00text</p>"))


@pytest.mark.parametrize("name", ["a.md", "a.txt", "a.html", "b.html"])
def test_a_file_without_text_is_refused(file, name):
    content = "<!-- nothing -->" if name == "b.html" else " \n"
    assert reason(file(name, content)) == "there is no text"


def test_an_unreadable_file_is_a_failure(tmp_path):
    assert "cannot be read" in reason(tmp_path / "gone.md")


def test_a_name_that_is_no_text_is_a_failure(tmp_path):
    path = tmp_path / "a\udcff\x1b.md"
    [found] = convert(path)
    assert isinstance(found, Failure)
    assert found.where.endswith("a\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}.md")


# -- HTML

PAGE = """<html><head><title>Returns - Shop</title><link rel="canonical" href="https://shop.example/returns"></head><body>
<nav><a href="/">Home</a> <a href="/about">About us</a></nav>
<main><h1>Returns</h1><p>Send it back within 30 days. See <a href="https://x.org/y">the form</a> or
<a href="/inner">this</a>.</p><h2>Costs</h2><ul><li>Free for members</li></ul></main>
<script>alert(1)</script><footer>Imprint</footer></body></html>"""


def test_html_becomes_markdown_without_what_surrounds_the_text(file):
    found = one(file("a.html", PAGE))
    assert (found.title, found.url) == ("Returns", "https://shop.example/returns")
    assert "## Costs" in found.body
    assert "- Free for members" in found.body
    assert "[the form](https://x.org/y)" in found.body
    assert "/inner" not in found.body
    assert not any(word in found.body for word in ("About us", "alert", "# Returns"))


def test_long_html_keeps_its_headings(file):
    parts = "".join(f"<h3>Question {i}?</h3><div>Answer number {i} is this one.</div>" for i in range(12))
    body = one(file("faq.html", f"<html><body>{parts}</body></html>")).body
    assert "### Question 3?" in body
    assert "Answer number 3 is this one." in body


def test_html_of_one_sentence_is_read(file):
    found = one(file("short_note.htm", "<p>We are closed on Sundays.</p>"))
    assert (found.title, found.body.strip()) == ("Short note", "We are closed on Sundays.")


def test_html_may_name_its_encoding(file):
    found = one(file("a.html", '<meta charset="iso-8859-1"><p>Geöffnet für alle.</p>'.encode("latin-1")))
    assert "Geöffnet für alle." in found.body


def test_a_page_of_the_web_keeps_links_within_its_site():
    page = Content(io.BytesIO(PAGE.encode()), "x", "x", "returns", "https://shop.example/help/returns?x=1")
    [found] = convert_content(BY_MEDIA_TYPE["text/html"], page)
    assert found.url == "https://shop.example/help/returns?x=1"
    assert "[this](https://shop.example/inner)" in found.body


# -- Text and JSONL


def test_text_is_titled_by_its_file(file):
    found = one(file("opening-hours.TXT", "Nine to five."))
    assert (found.title, found.body, found.url) == ("Opening hours", "Nine to five.", "")


def test_each_line_of_jsonl_is_an_article(file):
    rows = [
        {"id": "a/b.md", "title": "One", "text": "First.", "url": "https://x.org/1"},
        {"id": 7, "title": "", "text": "## *Second* is longer\nthan one line."},
    ]
    path = file("c.jsonl", "\ufeff" + "\n\n".join(json.dumps(row) for row in rows) + "\n")
    first, second = found(path)
    assert first == Document(f"{path}:1", "a/b.md", "One", "First.", "https://x.org/1")
    assert (second.external_id, second.title, second.where) == ("7", "Second* is longer", f"{path}:3")


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (b"{bad", "is not valid JSON"),
        (b"[1]", "is not a JSON object"),
        (b'{"title": "T", "text": "x"}', "has no id"),
        (b'{"id": true, "text": "x"}', "has no id"),
        (b'{"id": "a", "title": "T"}', "there is no text"),
        (b'{"id": "a", "title": 1, "text": "x"}', "title must be a string"),
        (b'{"id": "a", "text": "\\u0000"}', "NUL or unpaired surrogates"),
        (b'{"id": "a", "text": "x\\ud800"}', "NUL or unpaired surrogates"),
        (b'{"id": "a\\u0000", "text": "x"}', "id must not contain NUL"),
        (b'{"id": "a", "text": "x", "url": "javascript:alert(1)"}', "url must be an http or https address"),
        (b'{"id": "a/", "text": "x"}', "id must not end with a slash"),
        (b'{"id": "a", "text": "\xff"}', "is not UTF-8"),
    ],
)
def test_a_bad_line_is_named_and_the_others_go_on(file, line, problem):
    path = file("c.jsonl", b'{"id": "1", "text": "good"}\n' + line + b'\n{"id": "2", "text": "good too"}\n')
    first, bad, last = found(path)
    assert (first.external_id, last.external_id) == ("1", "2")
    assert bad.where == f"{path}:2"
    assert problem in bad.reason


class Measured(io.BytesIO):
    """Knows the longest line that it was asked for."""

    longest = 0

    def readline(self, size=-1):
        line = super().readline(size)
        self.longest = max(self.longest, len(line))
        return line


def test_a_line_without_an_end_is_not_read_whole(monkeypatch):
    """Red when lines are read as long as they come."""
    monkeypatch.setattr(jsonl, "MAX_LINE_BYTES", 1000)
    file = Measured(b'{"id": "1", "text": "a"}\n' + b"x" * 5000 + b'\n{"id": "3", "text": "c"}\n')
    first, bad, last = convert_content(jsonl.convert, Content(file, "c", "c", "c.jsonl"))
    assert isinstance(first, Document)
    assert isinstance(bad, Failure)
    assert (first.external_id, bad.reason, last.where) == ("1", "the line has more than 1,000 bytes", "c:3")
    assert file.longest == 1001


# -- Limits, from both sides


@pytest.mark.parametrize(
    ("field", "limit", "problem"),
    [
        ("title", 300, "title has 301 characters; the limit is 300"),
        ("body", MAX_BODY_CHARACTERS, "text has 2,000,001 characters; the limit is 2,000,000"),
        ("external_id", 255, "id has 256 characters; the limit is 255"),
    ],
)
def test_limits(field, limit, problem):
    fields = {"where": "x", "external_id": "x", "title": "x", "body": "x"}
    Document(**fields | {field: "ü" * limit}).check()
    with pytest.raises(ConversionError, match=problem):
        Document(**fields | {field: "ü" * (limit + 1)}).check()


def test_the_limit_of_a_url():
    base = "https://x.org/"
    Document("x", "x", "x", "x", base + "a" * (2000 - len(base))).check()
    with pytest.raises(ConversionError, match="url has 2,001 characters; the limit is 2,000"):
        Document("x", "x", "x", "x", base + "a" * (2001 - len(base))).check()


# -- External ids


def test_the_id_of_a_file_is_its_path(settings, tmp_path):
    settings.BASE_DIR = tmp_path
    assert file_id(tmp_path / "docs" / ".." / "docs" / "a.md") == "file:docs/a.md"
    assert file_id(tmp_path.parent / "a.md") == f"file:{tmp_path.parent}/a.md"


def test_the_id_of_a_long_path_is_cut_and_still_its_own(tmp_path):
    folder = tmp_path / ("f" * 200) / ("g" * 200)
    first, second = file_id(folder / "a.md"), file_id(folder / "b.md")
    assert first != second
    assert max(len(first), len(second)) <= 255
