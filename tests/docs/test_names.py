"""What the pages tell people to type exists, also where it cannot be run here: services, targets, variables, options."""

import re
import shlex
import subprocess

import pytest
import yaml
from cryptography.fernet import Fernet
from django.core.management import get_commands, load_command_class

from config.devservices.programs import SERVER, WORKERS
from tests.docs.commands import Command, commands, shell_fences
from tests.docs.pages import PAGES, name
from tests.docs.test_settings import LISTED, OF_THE_SUPERVISOR
from tests.engines import ROOT

COMMANDS = [command for fence in shell_fences() for command in commands(fence)]
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())
MAKEFILE = (ROOT / "Makefile").read_text()
TARGETS = set(re.findall(r"^([a-z]+):", MAKEFILE, re.MULTILINE))


def begun(*programs: str) -> list[Command]:
    return [command for command in COMMANDS if command.words[: len(programs)] == programs]


@pytest.mark.parametrize("fence", shell_fences(), ids=str)
def test_the_shell_reads_it(fence):
    subprocess.run(["/bin/sh", "-n"], input=fence.text, text=True, check=True)


@pytest.mark.parametrize("command", begun("make"), ids=str)
def test_make_knows_target_and_variables(command):
    """Red when a target is renamed, or nobody reads a variable any more."""
    words = command.words[1 : next((n for n, word in enumerate(command.words) if word == "2>&1"), None)]
    targets = [word for word in words if "=" not in word]
    assert targets
    assert set(targets) <= TARGETS
    for given in (word.split("=")[0] for word in words if "=" in word):
        assert re.search(rf"^{given} \?=", MAKEFILE, re.MULTILINE), given
    assert {given.split("=")[0] for given in command.assigned} <= LISTED | OF_THE_SUPERVISOR


def test_make_help_lists_every_target():
    """Red when a target has no `##`."""
    described = set(re.findall(r"^([a-z]+):.*## ", MAKEFILE, re.MULTILINE))
    assert described == TARGETS == set(re.findall(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)[0].split())


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_targets_in_sentences_exist(page):
    named = set(re.findall(r"`make (?:[A-Z]+=\S+ )*([a-z]+)", page.read_text()))
    assert named <= TARGETS


@pytest.mark.parametrize("command", begun("docker"), ids=str)
def test_containers_are_those_of_compose(command):
    """Red when a service or a file is renamed."""
    for word in command.words:
        assert not word.endswith(".yaml") or (ROOT / word).is_file(), word
        assert not re.fullmatch(r"(web|worker)-.*", word) or word in COMPOSE["services"]
    if command.words[2:3] in (("exec",), ("run",)):
        rest = command.words[3:]
        assert [word for word in rest if word in COMPOSE["services"]], command.text


@pytest.mark.parametrize("command", [*begun("kubectl"), *begun("cp")], ids=str)
def test_what_goes_to_the_cluster_is_there(command):
    """Red when a file, a deployment or a job is renamed."""
    manifests = [
        document
        for path in (ROOT / "deploy" / "kubernetes").glob("*.yaml")
        for document in yaml.safe_load_all(path.read_text())
    ]
    named = {f"{m['kind'].lower()}/{m['metadata']['name']}" for m in manifests if m and "metadata" in m}
    for before, word in zip(command.words, command.words[1:], strict=False):
        assert not word.startswith("deploy/") or word.endswith("secret.yaml") or (ROOT / word).exists(), word
        assert not word.startswith("deployment/") or word in named
        assert before != "job" or f"job/{word}" in named


def management_calls() -> list[tuple[str, tuple[str, ...]]]:
    """Where a management command is called, in blocks and in sentences, with its arguments."""
    found = [(str(command), command.management) for command in COMMANDS if command.management]
    for page in PAGES:
        for inline in re.findall(r"`(?:\S+ )*?manage\.py ([^`]+)`", page.read_text()):
            found.append((name(page), tuple(shlex.split(inline.replace("\n", " ")))))
    return found


def test_management_commands_take_what_they_are_given():
    """Red when a command or one of its options is renamed."""
    calls = management_calls()
    assert len(calls) > 60
    for where, (called, *arguments) in calls:
        assert called in get_commands(), f"{where}: {called}"
        app = get_commands()[called]
        parser = (load_command_class(app, called) if isinstance(app, str) else app).create_parser("manage.py", called)
        for option in re.findall(r"--[\w-]+", " ".join(arguments)):
            assert option in parser._option_string_actions, f"{where}: {called} {option}"


def test_processes_started_by_hand_are_those_of_make_run():
    """Red when a worker, a queue or an argument of the server changes and docs/help/production.md does not."""
    served = " ".join(begun(".venv/bin/python", "-m", "uvicorn")[0].words)
    # What comes after it is about logs, which are everybody's own.
    assert served.endswith(" ".join(SERVER[2 : SERVER.index("--no-server-header")]))
    started = [" ".join(command.words) for command in begun(".venv/bin/celery")]
    for node, queues, pool in WORKERS.values():
        assert any(
            f"-Q {queues} -n {node}@%h" in line and (len(pool) < 3 or " ".join(pool) in line) for line in started
        )
    assert len(started) == len(WORKERS) + 1
    assert started[-1].endswith("beat")


def test_the_secrets_that_installing_makes_are_good(tmp_path):
    """Red when the keys are of another format or too short for the checks at the start."""
    (making,) = [fence.text for fence in shell_fences() if "openssl" in fence.text]
    subprocess.run(["/bin/sh", "-e", "-c", making], cwd=tmp_path, check=True)
    path = tmp_path / ".env"
    made = dict(line.split("=", 1) for line in path.read_text().splitlines())
    assert set(made) == {"SECRET_KEY", "SESSION_ENCRYPTION_KEYS", "POSTGRES_PASSWORD", "ALLOWED_HOSTS"}
    assert len(made["SECRET_KEY"]) >= 32
    Fernet(made["SESSION_ENCRYPTION_KEYS"])
    assert made["POSTGRES_PASSWORD"].isalnum(), "it stands in a URL"
    assert path.stat().st_mode & 0o077 == 0
