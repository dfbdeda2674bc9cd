"""What the pages tell people to write into `.env` is read as they mean it."""

import os
import re
import runpy
import sys

import pytest

from config import environment
from config.devservices.dotenv import read_dotenv
from config.devservices.options import read_options
from tests.docs.commands import fence_is_settings, shell_fences
from tests.engines import ROOT

BLOCKS = [fence for fence in shell_fences() if fence_is_settings(fence)]
TABLE = (ROOT / "docs" / "configuration.md").read_text()
LISTED = {
    name for row in re.findall(r"^\| (`[A-Z].*?) \|", TABLE, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)
}
# Read by `make run` before there are settings.
OF_THE_SUPERVISOR = {"HOST", "PORT", "WEB_PROCESSES"}


@pytest.fixture
def dotenv(tmp_path, monkeypatch):
    """The file, read as at the start of a process, with nothing in the environment to beat it."""

    def read(text: str) -> dict[str, str]:
        path = tmp_path / ".env"
        path.write_text(text)
        names = re.findall(r"^([A-Z]\w*)=", text, re.MULTILINE)
        for name in names:
            monkeypatch.setenv(name, "")  # so that it is put back, also where there was none
            monkeypatch.delenv(name)
        environment.env.read_env(str(path), parse_comments=True)
        return {name: os.environ[name] for name in names}

    return read


@pytest.mark.parametrize("fence", BLOCKS, ids=str)
def test_the_start_accepts_them(fence, dotenv, tmp_path, monkeypatch):
    """Red when a setting is renamed, read otherwise, or its example is no value for it."""
    read = dotenv(fence.text)
    assert read == read_dotenv(tmp_path / ".env"), "`make run` and Django must read the same"
    for line in fence.text.splitlines():
        if "=" in line and not line.startswith("#"):
            name, value = line.split("=", 1)
            assert read[name] == value.strip('"')
    monkeypatch.delitem(sys.modules, "config.sign_in")  # a part of the settings, which has been read already
    runpy.run_path(str(ROOT / "config" / "settings.py"))
    read_options(read, tmp_path)
    assert {name for name in read if not name.startswith("OTEL_")} <= LISTED | OF_THE_SUPERVISOR


def test_every_setting_is_listed():
    """Red when a setting is added that docs/configuration.md does not name, or a row outlives its setting."""
    sources = [*(ROOT / "config").rglob("*.py"), ROOT / "sessions_app" / "hours.py"]
    text = "\n".join(path.read_text() for path in sources)
    read = set(re.findall(r"""\benv(?:\.\w+|_\w+)\(\s*"([A-Z][A-Z0-9_]+)\"""", text))
    assert len(read) > 50
    # The SDK documents its own.
    assert sorted(name for name in read - LISTED if not name.startswith("OTEL_")) == []
    assert sorted(name for name in LISTED if name not in read and not re.search(rf"\b{name}\b", text)) == []
