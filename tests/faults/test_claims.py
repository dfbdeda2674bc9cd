"""People take over while the AI answers, and while other people do."""

import random
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.fakes.model import Say
from tests.faults.sizes import sized

THREADS = 8


@pytest.fixture
def agents(live):
    """The usernames of two human agents."""
    return live.demo["human_agent"]["username"], live.demo["admin"]["username"]


def claim(integration, conversation: str, username: str):
    return integration.post(f"/api/v1/conversations/{conversation}/claim", json={"human_agent": username})


def messages_of(live, conversations: list[str]) -> dict[str, list[dict]]:
    """Their messages in order, once no run is under way any more."""
    active = "SELECT count(*) AS n FROM support_run WHERE state = 'active' AND conversation_id = ANY(%s::uuid[])"
    while live.rows(active, conversations)[0]["n"]:
        time.sleep(0.05)
    rows = live.rows(
        """SELECT conversation_id::text, seq, role, notice FROM support_message
           WHERE conversation_id = ANY(%s::uuid[]) ORDER BY conversation_id, seq""",
        conversations,
    )
    return {key: [row for row in rows if row["conversation_id"] == key] for key in conversations}


def after_claim(rows: list[dict]) -> list[str]:
    """Who wrote after the claim."""
    claimed = [row["seq"] for row in rows if row["notice"] == "claimed"]
    assert len(claimed) == 1
    return [row["role"] for row in rows if row["seq"] > claimed[0]]


@sized(quick=60, full=1000)
def test_no_ai_message_follows_a_claim(live, agents, size):
    """At random moments of streaming answers. Red when run_actions._fence looks at neither run, state nor epoch."""
    marker = f"stream-{uuid.uuid4().hex}"
    live.model.script(marker, Say(pieces=("word ",) * 12 + ("[1].",), pause=0.01))
    rng = random.Random(11)
    integration = live.integration()

    def one(delay: float) -> str:
        customer = live.customer()
        customer.send(f"{marker} how?")
        time.sleep(delay)  # the random moment is what is tested
        claimed = claim(integration, customer.conversation, agents[0])
        assert claimed.status_code == 200, claimed.text
        return customer.conversation

    with ThreadPoolExecutor(THREADS) as pool:
        conversations = list(pool.map(one, [rng.uniform(0, 0.4) for _ in range(size)]))
    found = messages_of(live, conversations)
    assert [after_claim(rows) for rows in found.values()] == [[]] * size
    # The moments were spread: some answers were whole before the claim, some were cut off by it.
    answered = sum(any(row["role"] == "assistant" for row in rows) for rows in found.values())
    assert 0 < answered < size


@sized(quick=25, full=1000)
def test_of_two_claims_at_once_one_wins(live, machine, agents, size):
    """Through two processes; the loser is told who holds it, and the AI is silent after it.

    Red when actions.claim does not lock the conversation, or receive_message starts a run in any state.
    """
    integrations = [live.integration(), live.integration(machine.web)]
    conversations = []
    with ThreadPoolExecutor(2) as pool:
        for _ in range(size):
            customer = live.customer()
            customer.http.post(f"/api/v1/conversations/{customer.conversation}/handoff", json={})
            conversations.append(customer.conversation)
            calls = [pool.submit(claim, integrations[n], customer.conversation, agents[n]) for n in (0, 1)]
            winner, loser = sorted((call.result(30) for call in calls), key=lambda answer: answer.status_code)
            assert (winner.status_code, loser.status_code) == (200, 409)
            assert loser.json()["assignee"] == winner.json()["assignee"]
            customer.send("Are you a person?")
    found = messages_of(live, conversations)
    assert [after_claim(rows) for rows in found.values()] == [["customer"]] * size
