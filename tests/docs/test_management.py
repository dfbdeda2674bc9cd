"""Every management command of the pages does its work with the arguments that stand there."""

import subprocess
import sys

import pytest
from cryptography.fernet import Fernet
from django.contrib.auth.models import User
from django.core.management import call_command

from agents.connectors.models import HttpTool
from config.common import redis
from config.common.audit import sealing
from knowledge.models import Article
from sessions_app.models import ApiKey, Customer, Inbox
from support.models import Erasure
from support.privacy import erasing
from tests.agents.conftest import publish
from tests.docs.commands import Command, commands, shell_fences
from tests.docs.treatments import Treatment, reason_not_to_run, treatment

pytestmark = pytest.mark.django_db

BLOCKS = [fence for fence in shell_fences() if treatment(fence) is Treatment.MANAGEMENT]
# What a page says, or shows, that the command prints.
SAID = {
    "search": "Returns",
    "ingest": "1 created",
    "create_api_key": "rw_",  # pragma: allowlist secret
    "verify_audit": "fit",
    "verify_erasure": "there is nothing to look for",
    "verify_erasure 2b8f6c1e": "nothing is left",
    "erase_customer": "Erased. Manifest",
    "reset_second_factor": "0 second factors of rita removed.",
    "add_example_connectors": "Added: look_up_account",
}


@pytest.fixture
def here(tmp_path, monkeypatch, settings):
    """A folder of the reader's own, with what the pages speak of; Redis knows of nobody."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "sending-back.md").write_text("# Sending back\n\nWithin 30 days.\n")
    settings.STATIC_ROOT = tmp_path / "static"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("builtins.input", lambda prompt: "erase")
    redis.client().flushdb()
    publish("Returns", "You can return an order within 30 days.")
    sealing.seal()
    return tmp_path


def replaced(command: Command) -> list[str]:
    """Its arguments, with people and erasures of this test in the place of examples."""
    inbox, _ = Inbox.objects.get_or_create(key="ib_xxx", defaults={"name": "Shop"})
    arguments = list(command.management)
    if "rita" in arguments:
        User.objects.get_or_create(username="rita")
    if "user-42" in arguments:
        Customer.objects.get_or_create(inbox=inbox, sub="user-42")
    for number, argument in enumerate(arguments):
        if argument.startswith("7f0c1a52-"):
            arguments[number] = str(Customer.objects.create(inbox=inbox).id)
        if argument.startswith("2b8f6c1e-"):
            gone = Customer.objects.create(inbox=inbox, email="carla@example.com")
            arguments[number] = str(erasing.erase(gone.id, "a test").id)
    return arguments


def said(command: Command) -> str:
    """What it prints, among other things; the longest beginning counts."""
    called = " ".join(command.management)
    return max(((start, text) for start, text in SAID.items() if called.startswith(start)), default=("", ""))[1]


@pytest.mark.parametrize("fence", BLOCKS, ids=str)
def test_it_works_as_it_stands(fence, here, capsys):
    """Red when a command, an option or what it prints changes and the page does not."""
    for command in commands(fence):
        if reason_not_to_run(command):
            continue
        if command.words[1] == "-c":
            made = subprocess.run([sys.executable, *command.words[1:]], check=True, capture_output=True, text=True)
            Fernet(made.stdout.strip())
            continue
        call_command(*replaced(command))
        printed = capsys.readouterr().out
        assert said(command) in printed, printed


def test_what_they_leave_behind(here):
    """The effects, not the words. Red when a command reports what it has not done."""
    ran = set()
    for command in (command for fence in BLOCKS for command in commands(fence) if command.management):
        if command.management[0] in {"ingest", "create_api_key", "add_example_connectors", "export_customer"}:
            ran.add(command.management[0])
            call_command(*replaced(command))
    assert Article.objects.filter(title="Sending back", status="published", index_state="indexed").exists()
    assert ApiKey.objects.get(name="crm").scopes == ["conversations:read"]
    assert HttpTool.objects.count() == 7
    assert "user-42" in (here / "carla.json").read_text()
    assert not Erasure.objects.exists()
    assert len(ran) == 4
