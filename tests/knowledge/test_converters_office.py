"""PDF and Word become documents; what cannot says why; bombs are refused before they unpack."""

import io
import zipfile

import pytest

from knowledge.chunking import split
from knowledge.converters import archive, convert, reading
from knowledge.converters.document import Failure
from tests.fakes.office import docx, paragraph, pdf, table


@pytest.fixture
def one(tmp_path):
    def make(name, content):
        path = tmp_path / name
        path.write_bytes(content)
        [found] = convert(path)
        return found

    return make


def reason(found):
    assert isinstance(found, Failure)
    return found.reason


# -- PDF


def test_a_pdf_is_its_text_page_by_page(one):
    found = one("manual.pdf", pdf(["Press the red but-", "ton to start."], ["# 2 of 2", "Press it again."]))
    assert found.title == "Manual"
    assert found.body == "## Page 1\n\nPress the red button to start.\n\n## Page 2\n\n\\# 2 of 2\nPress it again."


def test_a_pdf_of_one_page_has_no_page_heading(one):
    found = one("a.pdf", pdf(["Nine to five."], title="Opening hours"))
    assert (found.title, found.body) == ("Opening hours", "Nine to five.")


@pytest.mark.parametrize("title", ["hours_v2.docx", "Untitled", "Microsoft Word - hours.doc"])
def test_a_title_that_is_a_file_name_is_none(one, title):
    assert one("opening-hours.pdf", pdf(["Nine to five."], title=title)).title == "Opening hours"


def test_an_encrypted_pdf_says_so(one):
    """Red when the password is not tried: pypdf then fails in a way that says nothing."""
    assert "is encrypted" in reason(one("a.pdf", pdf(["Secret."], password="x")))


def test_a_scanned_pdf_says_so(one):
    assert "it is scanned" in reason(one("a.pdf", pdf([], [])))


@pytest.mark.parametrize("content", [b"", b"%PDF", b"%PDF-1.7\ngarbage", pdf(["x"])[:200], b"PK\x03\x04"])
def test_a_broken_pdf_says_so(one, content):
    assert "is damaged, or no PDF" in reason(one("a.pdf", content))


# -- Word


def test_word_keeps_headings_lists_tables_and_code(one):
    """Red when Word goes the way of web pages, which are searched for their main text."""
    content = docx(
        paragraph("Returns", "Title"),
        paragraph("Within 30 days.\nNot later."),
        paragraph("Steps", "Heading1"),
        paragraph("Pack it", level=0),
        paragraph("well", level=1),
        paragraph("Send it", level=0),
        paragraph("Costs", "Heading2"),
        table(["Plan", "Price"], ["Basic | small", "5 EUR"], ["Pro", ""]),
        paragraph("make run", "Code"),
        paragraph("  --port 1", "Code"),
    )
    found = one("returns.docx", content)
    assert found.title == "Returns"
    assert found.body == (
        "\nWithin 30 days.\nNot later.\n\n# Steps\n\n1. Pack it\n   - well\n2. Send it\n\n## Costs\n\n"
        "| Plan | Price |\n| --- | --- |\n| Basic \\| small | 5 EUR |\n| Pro |  |\n\n```\nmake run\n  --port 1\n```\n"
    ).lstrip("\n")
    pieces = {piece.heading: piece.text for piece in split(found.title, found.body)}
    assert pieces["Steps"] == "1. Pack it\n   - well\n2. Send it"
    assert "| Basic \\| small | 5 EUR |" in pieces["Steps › Costs"]
    assert "make run\n  --port 1" in pieces["Steps › Costs"]


def test_word_without_a_heading_is_titled_by_its_file(one):
    found = one("opening_hours.docx", docx(paragraph("Nine to five.")))
    assert (found.title, found.body) == ("Opening hours", "Nine to five.\n")


def test_an_empty_word_document_says_so(one):
    assert reason(one("a.docx", docx(paragraph("")))) == "there is no text"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "is damaged, or no Word document"),
        (b"PK\x03\x04 and no more", "is damaged"),
        (docx(paragraph("x"))[:-40], "is damaged"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "has a password, or is in Word's old format"),
        (docx(extra={"word/document.xml": b"<w:document"}), "cannot be converted"),
    ],
)
def test_broken_word_says_so(one, content, problem):
    assert problem in reason(one("a.docx", content))


def test_a_zip_that_is_no_word_document_says_so(one):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as other:
        other.writestr("a.txt", "x")
    assert reason(one("a.docx", file.getvalue())) == "is not a Word document"


def test_a_zip_bomb_is_refused_unread(one, monkeypatch):
    """Red when the declared sizes are not added up."""
    opened = []
    content = docx(paragraph("x"), extra={"word/media/1.bin": b"\0" * 600_000, "word/media/2.bin": b"\0" * 600_000})
    monkeypatch.setattr(archive, "MAX_UNPACKED", 1_000_000)
    monkeypatch.setattr(zipfile.ZipFile, "open", lambda *arguments: opened.append(arguments))
    assert reason(one("a.docx", content)) == "unpacks to more than 1,000,000 bytes"
    assert opened == []


def test_a_zip_that_lies_about_its_sizes_is_refused(one):
    """Red when what the entries say is believed."""
    honest = docx(paragraph("x"), extra={"word/media/1.bin": b"\0" * 600_000})
    size = (600_000).to_bytes(4, "little")
    assert size in honest
    assert "is damaged" in reason(one("a.docx", honest.replace(size, (10).to_bytes(4, "little"))))


def test_a_zip_of_too_many_parts_is_refused(one, monkeypatch):
    monkeypatch.setattr(archive, "MAX_ENTRIES", 8)
    content = docx(paragraph("x"), extra={f"{number}.xml": b"" for number in range(9)})
    assert "holds 15 parts; the limit is 8" in reason(one("a.docx", content))


def test_pictures_and_outer_files_are_not_read(one, tmp_path):
    """A linked picture names a file of the server's."""
    (tmp_path / "secret.png").write_bytes(b"secret")
    blip = '<a:blip xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" r:link="p"'
    drawing = (
        '<w:p><w:r><w:drawing><wp:inline xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/'
        f'wordprocessingDrawing">{blip} xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"/>'
        "</wp:inline></w:drawing></w:r></w:p>"
    )
    relations = f"""<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
    <Relationship Id="p" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/image"
     TargetMode="External" Target="{(tmp_path / "secret.png").as_uri()}"/></Relationships>"""
    content = docx(paragraph("Text."), drawing, extra={"word/_rels/document.xml.rels": relations.encode()})
    assert one("a.docx", content).body == "Text.\n"


# -- Size


@pytest.mark.parametrize("name", ["a.pdf", "a.docx", "a.md", "a.html", "a.txt"])
def test_a_huge_file_is_refused_unread(tmp_path, name, monkeypatch):
    """2 GB, of which nothing is on the disk. Red when the size is not looked at first."""
    path = tmp_path / name
    with path.open("wb") as file:
        file.truncate(2 * 1024**3)
    [found] = convert(path)
    assert reason(found) == f"the file has 2,147,483,648 bytes; the limit is {reading.MAX_FILE_BYTES:,}"
