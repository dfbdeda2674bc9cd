"""No command and no example in the pages is there untried."""

import json

import pytest

from tests.docs.commands import SHELL, commands, shell_fences
from tests.docs.pages import Fence, fences
from tests.docs.treatments import ELSEWHERE, NOT_RUN, Treatment, reason_not_to_run, treatment
from tests.engines import ROOT


@pytest.mark.parametrize("fence", list(fences("python", *SHELL)), ids=str)
def test_it_is_run_or_listed(fence):
    """Red when a page gains a command that nothing runs, such as `npm install`."""
    assert treatment(fence) is not None, f"run it in tests/docs, or list it in tests/docs/treatments.py:\n{fence.text}"


def test_a_new_command_is_noticed():
    """Red when a program that nobody has thought of counts as one that is run."""
    for text in ("npm install replywell\n", "curl $URL | sh -s\n", "python3 install.py\n"):
        assert treatment(Fence("docs/new.md", 1, "sh", text)) is None, text


def test_what_is_listed_is_on_a_page():
    """Red when a command goes and its excuse stays."""
    texts = [" ".join(command.words) + " " for fence in shell_fences() for command in commands(fence)]
    assert [start for start in NOT_RUN if not any(text.startswith(f"{start} ") for text in texts)] == []


def test_what_runs_them_is_there():
    tests = {str(each) for each in Treatment if each.endswith(".py")} | set(ELSEWHERE.values())
    named = {word.strip("`,;") for reason in NOT_RUN.values() for word in reason.split() if word.startswith("tests/")}
    assert sorted(path for path in tests | named if not (ROOT / path).is_file()) == []


def test_most_of_them_are_run():
    """An excuse is the exception. Red when a short excuse hides many commands."""
    all_ = [command for fence in shell_fences() for command in commands(fence)]
    excused = [c for c in all_ if reason_not_to_run(c) and c.program not in {"docker", "kubectl", "make"}]
    assert len(excused) <= 20 < len(all_) / 4


@pytest.mark.parametrize("fence", list(fences("json")), ids=str)
def test_json_is_json(fence):
    """A document, or one on each line."""
    try:
        json.loads(fence.text)
    except ValueError:
        assert [json.loads(line) for line in fence.text.splitlines()]
