"""How each block of commands and of Python in the pages is proven: run by which test, or not at all, and why."""

from enum import StrEnum

from tests.docs.commands import SHELL, Command, commands, fence_is_settings
from tests.docs.pages import Fence


class Treatment(StrEnum):
    """Which test a block is for."""

    SETTINGS = "tests/docs/test_settings.py"
    REQUESTS = "tests/docs/test_requests.py"
    MANAGEMENT = "tests/docs/test_management.py"
    EXAMPLES = "tests/docs/test_examples.py"
    ELSEWHERE = "a test of its own, named in ELSEWHERE"
    NOT_RUN = "not run: NOT_RUN says why, tests/docs/test_names.py looks at what it names"


# Pages whose Python is run by a test beside what it is about.
ELSEWHERE = {
    "docs/extending.md": "tests/agents/test_extending.py",
    "docs/help/own-tool.md": "tests/agents/test_extending.py",
    "docs/webhooks.md": "tests/webhooks/test_docs_receiver.py",
}

# What a command begins with, and why it is not run as it stands.
NOT_RUN = {
    "make": "sets up and starts everything; tests/docs/test_names.py asks the Makefile for target and variables",
    "docker": "needs a container engine",
    "kubectl": "needs a cluster",
    "git pull": "needs a remote repository",
    "sudo": "needs root",
    "rm -rf .data": "only removes what is there",
    "cat .data/demo.json": "tests/support/test_seed_demo.py reads that file",
    "python docs/examples/shop_service.py": "tests/agents/connectors/test_examples.py runs it",
    "pg_dump": "tests/deploy/test_backup.py runs it",
    "pg_restore": "tests/deploy/test_backup.py runs it",
    "install -m 600": "tests/docs/test_names.py runs it",
    "cat": "a here-document: tests/docs/test_names.py runs it",
    "cp deploy/kubernetes/secret.example.yaml": "only copies; tests/docs/test_names.py asks for the file",
    ".venv/bin/python -m uvicorn": "tests/docs/test_names.py compares it with what `make run` starts",
    ".venv/bin/celery": "tests/docs/test_names.py compares it with what `make run` starts",
    ".venv/bin/python manage.py createsuperuser": "Django's own, asks at a terminal",
    ".venv/bin/python manage.py changepassword": "Django's own, asks at a terminal",
}
PYTHONS = {".venv/bin/python", "python"}


def reason_not_to_run(command: Command) -> str:
    """Why a command is not run; empty for one that is."""
    text = " ".join(command.words)
    return next((reason for start, reason in NOT_RUN.items() if f"{text} ".startswith(f"{start} ")), "")


def treatment(fence: Fence) -> Treatment | None:
    """Which test is there for a block; None for one that nobody has thought of."""
    if fence.language == "python":
        return Treatment.ELSEWHERE if fence.page in ELSEWHERE else Treatment.EXAMPLES
    assert fence.language in SHELL
    if fence_is_settings(fence):
        return Treatment.SETTINGS
    run = [command for command in commands(fence) if not reason_not_to_run(command)]
    if not run:
        return Treatment.NOT_RUN
    if any({"|", "&&", ";", ">", "<"} & set(command.words) for command in run):
        return None
    if all(command.program in PYTHONS for command in run):
        return Treatment.MANAGEMENT
    if all(command.program in {"curl", ""} for command in run):
        return Treatment.REQUESTS
    return None
