"""Folders on the server: their files become articles, and nothing outside of them is ever read."""

import json
import os

import pytest
from django.core.exceptions import ValidationError

from knowledge.models import Article, Source, SourceItem
from knowledge.sources import folders
from knowledge.sources.sync import confirm
from tests.knowledge.sources import published, run, source

pytestmark = pytest.mark.django_db


def test_files_are_articles_under_their_paths(folder):
    (folder / "more").mkdir()
    (folder / ".git").mkdir()
    (folder / "a.md").write_text("# Refunds\n\nMoney back.\n")
    (folder / "more" / "b.txt").write_text("Text.")
    (folder / ".git" / "c.md").write_text("No.")
    (folder / "logo.png").write_bytes(b"x")
    docs = run(source("folder", folder))
    ids = set(Article.objects.values_list("external_id", flat=True))
    assert ids == {f"source:{docs.pk}/a.md", f"source:{docs.pk}/more/b.txt"}
    assert run(docs).counts == {"unchanged": 2}


def test_a_file_that_was_removed_is_archived(folder):
    for name in "abc":
        (folder / f"{name}.md").write_text(f"# {name}\n\nText.\n")
    docs = run(source("folder", folder))
    (folder / "c.md").unlink()
    run(docs)
    assert published() == ["a", "b"]


def test_a_folder_that_is_not_there_archives_nothing(folder):
    """A share that is not mounted."""
    (folder / "a.md").write_text("Text.")
    docs = run(source("folder", folder))
    folder.rename(folder.with_name("away"))
    assert run(docs).error == "There is no such folder."
    folder.mkdir()
    assert "Nothing was archived" in run(docs).error
    assert published() == ["A"]


def rows(folder, *numbers):
    lines = [json.dumps({"id": f"row-{number}", "title": f"Row {number}", "text": "Text."}) for number in numbers]
    (folder / "all.jsonl").write_text("\n".join(lines))


def test_a_row_that_left_its_file_is_archived(folder):
    rows(folder, 1, 2, 3)
    docs = run(source("folder", folder))
    rows(folder, 1, 2)
    assert run(docs).counts == {"unchanged": 2, "archived": 1}
    assert published() == ["Row 1", "Row 2"]


def test_a_file_that_lost_most_rows_archives_nothing_until_it_is_confirmed(folder):
    """Red when a file is believed whatever is left in it."""
    rows(folder, 1, 2, 3)
    docs = run(source("folder", folder))
    rows(folder, 1)
    run(docs)
    assert "confirm" in SourceItem.objects.get().error
    assert len(published()) == 3
    confirm(docs)
    run(docs)
    assert published() == ["Row 1"]


def test_a_file_with_a_bad_row_archives_nothing(folder):
    rows(folder, 1, 2, 3)
    docs = run(source("folder", folder))
    rows(folder, 1, 2)
    with (folder / "all.jsonl").open("a") as file:
        file.write("\n{bad")
    run(docs)
    assert len(published()) == 3


def test_a_row_may_move_to_another_file(folder):
    rows(folder, 1, 2, 3)
    docs = run(source("folder", folder))
    (folder / "all.jsonl").rename(folder / "renamed.jsonl")
    confirm(docs)
    run(docs)
    assert published() == ["Row 1", "Row 2", "Row 3"]
    assert Article.objects.count() == 3


def test_no_path_leads_out_of_the_folder(folder, tmp_path):
    """Red when links are opened as they are."""
    secret = tmp_path / "secret.md"
    secret.write_text("# Secret\n\nText.\n")
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "more.md").write_text("Secret.")
    (folder / "link.md").symlink_to(secret)
    (folder / "up").symlink_to(tmp_path / "inner")
    os.mkfifo(folder / "pipe.md")
    (folder / "fine.md").write_text("# Fine\n\nText.\n")
    (folder / "same.md").symlink_to("fine.md")
    docs = run(source("folder", folder))
    assert published() == ["Fine", "Fine"]
    errors = dict(docs.items.filter(state="failed").values_list("key", "error"))
    assert errors == {"link.md": "leads out of the source's folder", "pipe.md": "is not a regular file"}
    for key in ("../secret.md", "up/more.md", str(secret)):
        with pytest.raises(folders.FolderError, match="leads out"):
            folders.open_file(str(folder), key)


@pytest.mark.parametrize(
    "location",
    ["/", "/etc", "{folder}/..", "{folder}/../other", "{folder}x", "docs", "{folder}/gone", "{folder}/out", "a\0b"],
)
def test_a_source_is_below_an_allowed_folder(folder, tmp_path, location):
    """Red when the path is compared as it is written."""
    (tmp_path / "other").mkdir()
    (tmp_path / "docsx").mkdir()
    (folder / "out").symlink_to(tmp_path / "other")
    one = Source(name="x", kind="folder", location=location.format(folder=folder))
    with pytest.raises(ValidationError) as caught:
        one.clean()
    assert "location" in caught.value.message_dict


def test_without_the_setting_no_folder_is_read(folder, settings):
    (folder / "a.md").write_text("Text.")
    settings.SOURCE_FOLDERS = ()
    assert "SOURCE_FOLDERS" in run(source("folder", folder)).error
    assert not SourceItem.objects.exists()
