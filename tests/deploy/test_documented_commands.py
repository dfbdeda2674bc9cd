"""What README and the pages on running the product tell people to type exists, and does what they say as far as it can be tried here."""

import re
import shlex
import subprocess
from textwrap import dedent

import pytest
import yaml
from cryptography.fernet import Fernet
from django.core.management import get_commands

from tests.engines import ROOT

PAGES = ("README.md", "docs/install.md", "docs/operate.md", "docs/scale.md")
SERVICES = set(yaml.safe_load((ROOT / "compose.yaml").read_text())["services"])
TARGETS = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def blocks(page: str) -> list[str]:
    """The shell commands of a page, block by block."""
    text = (ROOT / page).read_text()
    return [dedent(block) for block in re.findall(r"^ *```sh\n(.*?)^ *```", text, re.MULTILINE | re.DOTALL)]


def words(page: str) -> list[list[str]]:
    """Every command line of a page that is not part of a here-document."""
    text = "\n".join(re.sub(r"<<END.*?^END$", "", block, flags=re.MULTILINE | re.DOTALL) for block in blocks(page))
    return [shlex.split(line, comments=True) for line in text.splitlines() if line.strip()]


@pytest.mark.parametrize("page", PAGES)
def test_the_shell_reads_them(page):
    for block in blocks(page):
        subprocess.run(["/bin/sh", "-n"], input=block, text=True, check=True)


@pytest.mark.parametrize("page", PAGES)
def test_what_they_name_exists(page):
    """Red when a service, a target or a management command is renamed."""
    for line in words(page):
        if line[0] == "make":
            assert line[1] in TARGETS
        if "manage.py" in line:
            assert line[line.index("manage.py") + 1] in get_commands()
        if line[:2] == ["docker", "compose"]:
            for word in line:
                assert not word.endswith(".yaml") or (ROOT / word).is_file(), word
                assert not re.fullmatch(r"(web|worker)-.*", word) or word in SERVICES
        for word in line:
            assert not word.startswith("deploy/kubernetes") or word.endswith("secret.yaml") or (ROOT / word).exists()


def test_the_secrets_that_installing_makes_are_good(tmp_path):
    """Red when the keys are of another format or too short for the checks at the start."""
    (making,) = [block for block in blocks("docs/install.md") if "openssl" in block]
    subprocess.run(["/bin/sh", "-e", "-c", making], cwd=tmp_path, check=True)
    path = tmp_path / ".env"
    made = dict(line.split("=", 1) for line in path.read_text().splitlines())
    assert set(made) == {"SECRET_KEY", "SESSION_ENCRYPTION_KEYS", "POSTGRES_PASSWORD", "ALLOWED_HOSTS"}
    assert len(made["SECRET_KEY"]) >= 32
    Fernet(made["SESSION_ENCRYPTION_KEYS"])
    assert made["POSTGRES_PASSWORD"].isalnum(), "it stands in a URL"
    assert path.stat().st_mode & 0o077 == 0
