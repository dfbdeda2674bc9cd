"""In a running installation: the chat is closed, the token is refused everywhere, and who comes back is a stranger."""

import asyncio
import json
import subprocess
import sys
import uuid

from tests.engines import ROOT


def manage(live, *arguments: str) -> str:
    command = [sys.executable, "manage.py", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=live.environment, check=True, capture_output=True, text=True)
    return done.stdout


async def test_an_erased_customer_is_out_at_once(live):
    """Red when sessions are deleted but not ended, and when a token of nobody's still proves a conversation."""
    customer = live.customer(metadata={"page": f"https://example.com/{uuid.uuid4().hex}"})
    customer.send("How do I put the chat on my website?")
    asked = "SELECT customer_id FROM support_conversation WHERE id = %s"
    [row] = live.rows(asked, customer.conversation)
    async with customer.socket() as line:
        # On a thread: the socket's client answers pings meanwhile.
        said = await asyncio.to_thread(manage, live, "erase_customer", str(row["customer_id"]), "--yes", "--json")
        assert await line.closed() == 4500
    assert json.loads(said)["removed"]["support_conversation"] == 1
    assert customer.http.get(f"/api/v1/conversations/{customer.conversation}").status_code == 401
    assert live.rows(asked, customer.conversation) == []
    again = live.customer(previous_token=customer.session["token"])
    assert again.conversation != customer.conversation
