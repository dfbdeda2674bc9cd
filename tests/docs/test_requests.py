"""Every curl command of the pages is sent to a running installation, as it stands there."""

import json
import os
import signal
import subprocess

import pytest

from tests.docs.commands import commands, shell_fences
from tests.docs.pages import Fence
from tests.docs.treatments import Treatment, treatment

BLOCKS = [fence for fence in shell_fences() if treatment(fence) is Treatment.REQUESTS]
# Blocks whose commands are alternatives: each gets a stage of its own.
ALTERNATIVES = {"actions/$ACTION/confirm"}
# Blocks for somebody who holds the conversation.
CLAIMED = {"docs/help/release.md"}
# What the pages say of the answer, and the answer then has.
SAID = {
    "docs/help/send-messages-api.md#1": {"id", "token", "expires_at", "conversation_id", "customer"},
    "docs/help/send-messages-api.md#2": {"message", "replies"},
    "docs/help/try-search.md#2": {"results", "took_ms"},
    "docs/webhooks.md#1": {"secret"},
    "docs/help/sync-articles-api.md#1": {"version", "index_state"},
}


def alone(fence: Fence) -> list[str]:
    """The texts that are run one by one, each on a stage of its own."""
    if any(mark in fence.text for mark in ALTERNATIVES):
        return [command.text for command in commands(fence)]
    return [fence.text]


def documents(output: str) -> list:
    """The answers, one on each line; an empty one is left out."""
    return [json.loads(line) for line in output.splitlines() if line]


def until_data(process: subprocess.Popen[str]) -> dict:
    """The first event of a stream that would go on for ever."""
    try:
        line = next(line for line in process.stdout if line.startswith("data: "))
        return json.loads(line.removeprefix("data: "))
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


@pytest.mark.parametrize("fence", BLOCKS, ids=str)
def test_it_works_as_it_stands(fence, stage):
    """Red when a route, a field or a status that the page shows changes."""
    for text in alone(fence):
        variables = stage.variables(fence)
        if fence.page in CLAIMED:
            stage.claim(variables["CONVERSATION"])
        process = stage.shell(text, variables)
        if " -N " in text:
            assert until_data(process)["type"] == "message.created"
            continue
        output, errors = process.communicate(timeout=60)
        assert process.returncode == 0, f"{text}\n{output}\n{errors}"
        if " -i " in text:
            assert output.startswith("HTTP/1.1 200")
            continue
        answers = documents(output)
        assert SAID.get(str(fence), set()) <= answers[-1].keys() if answers else fence.text.count("curl") == 1


def test_what_is_said_of_answers_is_about_blocks_that_are_there():
    assert SAID.keys() <= {str(fence) for fence in BLOCKS}
    assert {fence.page for fence in BLOCKS} >= CLAIMED


def test_a_refused_request_is_noticed(stage):
    """Red when the shell goes on after one, or curl does not tell."""
    fence = Fence("docs/none.md", 1, "sh", "")
    process = stage.shell('curl "$URL/api/v1/conversations"\ncurl "$URL/livez"\n', stage.variables(fence))
    output, _ = process.communicate(timeout=60)
    assert process.returncode != 0
    assert json.loads(output)["status"] == 401
