"""A run whose process dies is picked up by another, and the customer gets an answer."""

import asyncio
import time
import uuid

from tests.fakes.model import Say


async def test_another_web_process_takes_over(live):
    """Mutation: leave the sweep out of RunManager.start (and sweep_runs out of the beat schedule)."""
    marker = uuid.uuid4().hex
    dying = live.start_web()
    await asyncio.to_thread(dying.wait_ready)
    first = Say(pieces=("Never ", "finished"), pause=30)
    live.model.script(marker, first, Say(pieces=("Finished ", "[1].")))
    customer = await asyncio.to_thread(live.customer, dying)
    async with customer.socket(web=live.webs[0]) as line:
        await asyncio.to_thread(
            customer.http.post,
            f"/api/v1/conversations/{customer.conversation}/messages",
            json={"client_id": str(uuid.uuid4()), "text": marker},
        )
        started = await line.until("answer.started")
        assert await asyncio.to_thread(first.reached.wait, 10)
        dying.kill()
        killed_at = time.monotonic()
        cancelled = await line.until("answer.cancelled", 16)
        assert (cancelled["run"], cancelled["reason"]) == (started["run"], "retrying")
        again = await line.until("answer.started", 5)
        assert again["run"] != started["run"]
        assert time.monotonic() - killed_at < 15
        assert (await line.message(role="assistant"))["text"] == "Finished [1]."


async def test_a_stopping_web_process_lets_its_sockets_go_and_ends(live):
    """SIGTERM: sockets are told to reconnect, the process ends by itself and cleanly."""
    stopping = live.start_web()
    await asyncio.to_thread(stopping.wait_ready)
    customer = await asyncio.to_thread(live.customer, stopping)
    async with customer.socket() as line:
        await line.ask("How do I start it?")
        await line.until("message.ack")
        ending = asyncio.create_task(asyncio.to_thread(stopping.stop))
        assert await line.closed() == 1012
        assert await ending in {0, -15}
    async with customer.socket(web=live.webs[0]) as line:
        assert (await line.message(role="assistant", seconds=30))["run"]
