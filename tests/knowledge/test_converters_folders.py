"""Which files an import reads."""

import os
from pathlib import Path

from knowledge.converters.folders import select


def write(path: Path, text="x"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def names(selection, folder):
    return [str(path.relative_to(folder)) for path in selection.files]


def test_folders_are_searched_through_and_hidden_files_are_not(tmp_path):
    for name in ("b.md", "a/z.txt", "a/deep/er/x.HTML", ".hidden.md", ".git/c.md", "a/.d/e.md", "logo.png"):
        write(tmp_path / name)
    assert names(select([tmp_path]), tmp_path) == ["b.md", "a/z.txt", "a/deep/er/x.HTML"]


def test_a_hidden_file_that_is_named_is_read(tmp_path):
    path = write(tmp_path / ".hidden.md")
    assert select([path]).files == [path]


def test_loops_of_links_end(tmp_path):
    write(tmp_path / "a" / "one.md")
    (tmp_path / "a" / "up").symlink_to(tmp_path)
    (tmp_path / "self").symlink_to(tmp_path / "self")
    (tmp_path / "broken.md").symlink_to(tmp_path / "nowhere.md")
    assert names(select([tmp_path]), tmp_path) == ["a/one.md"]


def test_a_file_that_is_reached_twice_is_read_once(tmp_path):
    path = write(tmp_path / "one.md")
    (tmp_path / "two.md").symlink_to(path)
    assert select([path, tmp_path, tmp_path / "two.md"]).files == [path]


def test_documents_in_other_formats_are_skipped_with_a_word(tmp_path):
    for name in ("a.pdf", "b.docx", "c.csv", "d.doc", "e.odt", "f.xlsx"):
        write(tmp_path / name)
    selection = select([tmp_path])
    assert names(selection, tmp_path) == ["a.pdf", "b.docx", "c.csv"]
    assert [skipped.reason for skipped in selection.skipped] == [
        "Word's old format is not read; save it as .docx",
        "OpenDocument is not read; save it as .docx",
        "Excel is not read; save it as .csv",
    ]


def test_what_is_named_and_cannot_be_read_is_a_failure(tmp_path):
    write(tmp_path / "a.doc")
    write(tmp_path / "b.png")
    os.mkfifo(tmp_path / "c.md")
    failures = select([tmp_path / name for name in ("a.doc", "b.png", "c.md", "d.md")]).failures
    assert [failure.where for failure in failures] == [
        str(tmp_path / name) for name in ("a.doc", "b.png", "c.md", "d.md")
    ]
    assert failures[0].reason == "Word's old format is not read; save it as .docx"
    assert failures[1].reason.startswith("is not supported; supported are .md, ")
    assert failures[2].reason == "is not a regular file"
    assert failures[3].reason == "there is no such file or folder"
