"""`manage.py export_model`: the model's file is made when an image is built, not at its first start."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from knowledge import model_files


def test_it_says_where_the_file_is(capsys):
    call_command("export_model")
    said = Path(capsys.readouterr().out.strip())
    assert said == model_files.exported_path(model_files.model_path())
    assert said.is_file()


def test_a_folder_that_cannot_be_written(settings, tmp_path):
    (tmp_path / "file").touch()
    settings.MODEL_DIR = tmp_path / "file" / "models"
    with pytest.raises(CommandError, match="could not be exported"):
        call_command("export_model")


def test_a_model_that_is_not_there(settings):
    settings.EMBEDDING_MODEL = "/nowhere"
    with pytest.raises(CommandError, match="EMBEDDING_MODEL"):
        call_command("export_model")
