"""Redis is killed, emptied, or stopped: no message is lost, nobody waits long."""

import asyncio
import time
import uuid

import httpx2
import pytest

from tests.faults.conftest import until
from tests.faults.sizes import sized
from tests.senders import Sender, losses, with_a_person

FAIL_FAST_SECONDS = 2.0


@pytest.fixture
def valkey(live):
    """The installation's Valkey, running again after the test."""
    server = live.engines.valkey
    yield server
    server.restore()


def serves(web) -> bool:
    try:
        return httpx2.get(f"{web.url}/readyz", timeout=5).status_code == 200
    except httpx2.HTTPError:
        return False


@sized(quick=(10, 30, 1), full=(50, 200, 10))
async def test_killed_and_started_again(live, valkey, size):
    """Red when a wake-up that cannot be sent fails the action that was committed."""
    sockets, messages, kills = size
    senders = [Sender(await with_a_person(live), live.webs[:1], messages) for _ in range(sockets)]
    running = asyncio.gather(*(sender.run() for sender in senders))
    for kill in range(kills):
        while sum(sender.left for sender in senders) > sockets * messages * (kills - kill) / (kills + 1):
            await asyncio.sleep(0.02)
        valkey.kill()
        await until(lambda: not serves(live.webs[0]))
        await asyncio.to_thread(valkey.start)
        assert await until(lambda: serves(live.webs[0]), 60) < 60
    await running
    assert losses(live, senders) == {}
    customer = await asyncio.to_thread(live.customer)
    async with customer.socket() as line:
        await line.ask("How do I start it?")
        assert (await line.message(role="assistant"))["engine"] == "llm"


async def test_emptied(live, valkey):
    """FLUSHALL. Red when previous_claims asks Redis for the session instead of reading the token."""
    customer = await asyncio.to_thread(live.customer)
    async with customer.socket() as line:
        await line.ask("How do I start it?")
        await line.message(role="assistant")
    live.redis().flushall()

    def is_unknown() -> bool:
        return customer.http.get(f"/api/v1/conversations/{customer.conversation}").status_code == 401

    await until(is_unknown)  # processes remember sessions for some seconds
    again = await asyncio.to_thread(lambda: live.customer(previous_token=customer.session["token"]))
    assert again.conversation == customer.conversation
    async with again.socket() as line:
        assert line.ready["last_seq"] == 2
        assert (await line.message())["text"] == "How do I start it?"


@sized(quick=4, full=30)
async def test_stopped(live, valkey, size):
    """SIGSTOP for so many seconds. Red when the hub's sender, or the client's commands, wait for Redis each in turn."""
    customer = await with_a_person(live)
    async with customer.socket(after=1) as line, customer.socket(after=1) as other:
        valkey.pause()
        stopped_at, worst, seq = time.monotonic(), 0.0, 1
        while time.monotonic() - stopped_at < size:
            started = time.monotonic()
            client_id = await line.ask("Is anybody there?", str(uuid.uuid4()))
            seq = (await line.until("message.ack", 10, client_id=client_id))["seq"]
            await other.message(10, client_id=client_id)
            worst = max(worst, time.monotonic() - started)
            posted = await asyncio.to_thread(refused, live)
            assert posted < FAIL_FAST_SECONDS + 0.5, posted  # and half a second for a busy machine
        valkey.resume()
        assert worst < FAIL_FAST_SECONDS + 0.5, worst
        assert await until(lambda: serves(live.webs[0]), 60) < 60
        await other.ask("Back.")
        assert (await line.message(text="Back."))["seq"] == seq + 1


def refused(live) -> float:
    """How long a request waits that cannot do without Redis."""
    started = time.monotonic()
    assert live.http().post("/api/v1/sessions", json={"inbox": live.demo["inbox_key"]}).status_code == 503
    return time.monotonic() - started
