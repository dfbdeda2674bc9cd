"""200 claims at random moments of streaming answers: no AI message after any of them."""

import random
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

from tests.fakes.model import Say

CLAIMS = 200


def test_no_ai_message_follows_a_claim(live):
    """Mutation: let run_actions._fence pass without looking at state and epoch."""
    marker = f"stream-{uuid.uuid4().hex}"
    live.model.script(marker, Say(pieces=("word ",) * 12 + ("[1].",), pause=0.01))
    username = live.demo["human_agent"]["username"]
    rng = random.Random(11)
    integration = live.integration()

    def one(delay: float) -> str:
        customer = live.customer()
        customer.send(f"{marker} how?")
        time.sleep(delay)  # the random moment is what is tested
        claimed = integration.post(
            f"/api/v1/conversations/{customer.conversation}/claim", json={"human_agent": username}
        )
        assert claimed.status_code == 200, claimed.text
        return customer.conversation

    with ThreadPoolExecutor(8) as pool:
        conversations = list(pool.map(one, [rng.uniform(0, 0.4) for _ in range(CLAIMS)]))
    active = "SELECT count(*) AS n FROM support_run WHERE state = 'active' AND conversation_id = ANY(%s::uuid[])"
    while live.rows(active, conversations)[0]["n"]:
        time.sleep(0.05)
    rows = live.rows(
        """SELECT conversation_id, seq, role, notice FROM support_message
           WHERE conversation_id = ANY(%s::uuid[]) ORDER BY conversation_id, seq""",
        conversations,
    )
    claimed_at = {row["conversation_id"]: row["seq"] for row in rows if row["notice"] == "claimed"}
    assert len(claimed_at) == CLAIMS
    late = [row for row in rows if row["role"] == "assistant" and row["seq"] > claimed_at[row["conversation_id"]]]
    assert late == []
    # The moments were spread: some answers were whole before the claim, some were cut off by it.
    answered = sum(row["role"] == "assistant" for row in rows)
    assert 0 < answered < CLAIMS
