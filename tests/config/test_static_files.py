"""A style or script that is edited while `make run` goes on is sent whole, as it is now."""

import os

import pytest
from django.test import Client


@pytest.fixture
def file(tmp_path, settings):
    """A file that the next client's middleware finds at the start."""
    settings.SERVESTATIC_ROOT = str(tmp_path)
    path = tmp_path / "page.css"
    path.write_text("a { color: red }")
    return path


@pytest.mark.parametrize(
    ("text", "seconds"), [("b {}", 0), ("a { color: red } b { color: green }", 0), ("a { color: tan }", 1)]
)
def test_an_edited_file_is_sent_as_it_is_now(file, text, seconds):
    """Shorter, longer, and as long but later. Red when SourceTree is not in MIDDLEWARE, or does not look at length or date."""
    date = file.stat().st_mtime
    client = Client()
    before = client.get("/page.css")
    assert b"".join(before) == b"a { color: red }"
    file.write_text(text)
    os.utime(file, (date + seconds, date + seconds))
    after = client.get("/page.css", headers={"If-None-Match": before["ETag"]})
    assert (b"".join(after).decode(), after.status_code, after["Content-Length"]) == (text, 200, str(len(text)))
    assert client.get("/page.css", headers={"If-None-Match": after["ETag"]}).status_code == 304


def test_one_that_is_gone_is_not_found(file):
    """Red when its absence is not caught."""
    client = Client()
    assert b"".join(client.get("/page.css"))
    file.unlink()
    assert [client.get("/page.css").status_code for _ in range(2)] == [404, 404]
