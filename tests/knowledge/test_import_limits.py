"""What an upload may be: files and archives that are too large, damaged, protected or up to something."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from config.common.errors import Invalid
from knowledge.converters import archive as archives
from knowledge.imports import uploads, work
from knowledge.imports.limits import MAX_UPLOAD_BYTES
from knowledge.models import Article, ImportJob
from tests.knowledge.importing import planned, read, upload, zipped

pytestmark = pytest.mark.django_db

TEXT = "# Title\n\nText."


def refusals(data: bytes) -> dict[str, str]:
    """The reasons that are given for an archive's contents."""
    return {where: reason for where, (plan, reason) in planned(read({"all.zip": data})).items() if plan == "refuse"}


def test_documents_of_an_archive_are_read_and_the_rest_is_left_out():
    files = {"guide/a.md": TEXT, "guide/.hidden.md": "no", "__MACOSX/guide/._a.md": "no", "guide/logo.png": "no"}
    assert planned(read({"all.zip": zipped(files | {"guide/": ""})})) == {"Title": ("create", "")}
    job = ImportJob.objects.get()
    assert (job.items.get().where, job.items.get().external_id) == ("guide/a.md", "upload:docs/guide/a.md")


@pytest.mark.parametrize(
    "name",
    ["../up.md", "/etc/root.md", "a/../../b.md", "..\\windows.md", "C:\\drive.md", "C:/drive.md"],
    ids=["up", "root", "within", "backslash", "drive", "drive-slash"],
)
def test_paths_that_lead_out_are_refused(name):
    """Red when the path of an entry is not looked at."""
    assert list(refusals(zipped({name: TEXT})).values()) == ["its path leads out of the archive"]


def test_links_and_other_formats_in_an_archive_are_named():
    assert list(refusals(zipped({"link.md": "/etc/passwd"}, external_attr=0o120777 << 16)).values()) == [
        "is a link, which is not followed"
    ]
    assert refusals(zipped({"inner.zip": b"PK", "old.doc": b"x", "bad\x01.md": TEXT, "good.md": TEXT})) == {
        "all.zip: inner.zip": "is an archive within an archive; unpack it",
        "all.zip: old.doc": "Word's old format is not read; save it as .docx",
        "all.zip: bad�.md": "the name holds characters that are no text; rename it",
    }


def test_a_zip_bomb_is_refused_before_anything_is_read(monkeypatch):
    """Red when the archive is not checked first."""
    monkeypatch.setattr(archives, "MAX_UNPACKED", 10_000)
    assert planned(read({"all.zip": zipped({"a.md": TEXT, "b.txt": b"0" * 10_001})})) == {
        "all.zip": ("refuse", "unpacks to more than 10,000 bytes")
    }
    assert refusals(zipped({"b.txt": b"0" * 10_000})) == {}


def test_an_archive_that_lies_about_its_sizes_is_refused(monkeypatch):
    honest = zipped({"a.txt": b"0" * 20_000})
    lying = honest.replace((20_000).to_bytes(4, "little"), (20).to_bytes(4, "little"))
    assert refusals(lying) == {"all.zip": "is damaged, or not a zip archive"}


def test_archives_of_many_files(monkeypatch):
    monkeypatch.setattr("knowledge.imports.archives.MAX_ENTRIES", 3)
    files = {f"{n}.md": f"# Number {n}\n\nText." for n in range(4)}
    assert refusals(zipped(files)) == {"all.zip": "holds 4 parts; the limit is 3"}
    del files["3.md"]
    assert refusals(zipped(files)) == {}


@pytest.mark.parametrize("data", [b"no zip", b"", zipped({"a.md": TEXT})[:40]], ids=["text", "empty", "cut"])
def test_damaged_archives(data):
    assert refusals(data) == {"all.zip": "is damaged, or not a zip archive"}


def test_a_protected_archive():
    protected = bytearray(zipped({"a.md": TEXT}))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        protected[protected.index(signature) + offset] |= 1
    assert refusals(bytes(protected)) == {"all.zip": "is protected by a password"}


def test_an_archive_of_nothing():
    job = read({"all.zip": zipped({"logo.png": b"no"})})
    assert (job.state, job.items.count()) == ("ready", 0)


class Claims(SimpleUploadedFile):
    """A file that says how large it is, without being so."""

    def __init__(self, name: str, size: int):
        super().__init__(name, b"x")
        self.size = size


def test_how_much_is_taken(monkeypatch):
    """Red from both sides when the sizes are not added up."""
    limit = MAX_UPLOAD_BYTES
    uploads.check([Claims("a.md", limit - 1), Claims("b.md", 1)])
    with pytest.raises(Invalid, match="Together the files have 2,048 MiB; the limit is 64 MiB"):
        uploads.check([Claims("a.md", 2048 * 1024 * 1024)])
    with pytest.raises(Invalid):
        uploads.check([Claims("a.md", limit), Claims("b.md", 1)])
    uploads.check([Claims("a.md", 1)] * 50)
    with pytest.raises(Invalid, match="51 files; the limit is 50"):
        uploads.check([Claims("a.md", 1)] * 51)


@pytest.mark.parametrize(
    ("name", "problem"),
    [("a.exe", "Not supported"), ("a.xlsx", "save it as .csv"), ("a", "Not supported"), ("a\x01.md", "no text")],
    ids=["exe", "excel", "bare", "control"],
)
def test_names_that_are_not_taken(name, problem):
    with pytest.raises(Invalid, match=problem):
        uploads.check([Claims(name, 1)])
    with pytest.raises(Invalid, match="Choose a file"):
        uploads.check([])


def test_too_many_documents(monkeypatch):
    """Red from both sides when they are not counted."""
    monkeypatch.setattr(work, "MAX_DOCUMENTS", 2)
    assert read({"a.csv": "title,text\nOne,1\nTwo,2\n"}).state == "ready"
    job = read({"a.csv": "title,text\nOne,1\nTwo,2\nThree,3\n"})
    assert (job.state, job.error) == ("failed", "It has more than 2 documents; divide it.")
    assert not Article.objects.exists()
    assert not job.items.exclude(body="").exists()


def test_pieces_are_put_together_again():
    """Red when pieces are read in no order."""
    text = " ".join(f"Sentence {n} of a long text." for n in range(60_000))
    job = read({"long.jsonl": f'{{"id": "1", "title": "Long", "text": "{text}"}}'})
    assert job.items.get().body == text
    assert len(text) > 1024 * 1024


def test_a_new_upload_waits_for_a_worker():
    assert upload({"a.md": TEXT}).state == "reading"
