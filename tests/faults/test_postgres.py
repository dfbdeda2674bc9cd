"""PostgreSQL is restarted, stopped, or cut off at the worst moment: an ack is true, or it is not sent."""

import asyncio
import time
import uuid

import pytest

from tests.faults.conftest import until
from tests.faults.sizes import sized
from tests.faults.test_redis import serves
from tests.senders import Sender, losses, with_a_person


@pytest.fixture
def postgres(live):
    """The installation's PostgreSQL, running again after the test."""
    server = live.engines.postgres
    yield server
    server.restore()
    live.webs[0].wait_ready()


@sized(quick=(10, 30, 1), full=(50, 200, 10))
async def test_killed_and_started_again(live, postgres, size):
    """Red when consumers._send acks before perform(), or synchronous_commit is off."""
    sockets, messages, kills = size
    senders = [Sender(await with_a_person(live), live.webs[:1], messages) for _ in range(sockets)]
    running = asyncio.gather(*(sender.run() for sender in senders))
    for kill in range(kills):
        while sum(sender.left for sender in senders) > sockets * messages * (kills - kill) / (kills + 1):
            await asyncio.sleep(0.02)
        await asyncio.to_thread(postgres.kill)
        await asyncio.to_thread(postgres.start)
        assert await until(lambda: serves(live.webs[0]), 30) < 10
    await running
    assert losses(live, senders) == {}


@sized(quick=3, full=30)
async def test_stopped(live, postgres, size):
    """SIGSTOP: no ack while it lasts, heartbeats go on. Red when the reader waits for the work on a frame."""
    customer = await with_a_person(live)
    async with customer.socket(after=1) as line, customer.socket(after=1) as quiet:
        postgres.pause()
        stopped_at = time.monotonic()
        client_id = await line.ask("Is anybody there?")
        while time.monotonic() - stopped_at < size:
            for each in (line, quiet):
                started = time.monotonic()
                await each.send({"type": "heartbeat", "seq": 1})
                await each.until("heartbeat", 5)
                assert time.monotonic() - started < 1
            await asyncio.sleep(0.2)
        assert "message.ack" not in [frame["type"] for frame in line.seen]
        postgres.resume()
        resumed_at = time.monotonic()
        assert (await line.until("message.ack", client_id=client_id))["seq"] == 2
        await until(lambda: serves(live.webs[0]))
        assert time.monotonic() - resumed_at < 10


@sized(quick=2, full=50)
async def test_cut_off_between_the_commit_and_its_answer(live, machine, size):
    """The process cannot know whether it committed: it says so, and the customer's resend finds the one row.

    Red when a database that went away is an `internal` error, or receive_message does not look for the client_id.
    """
    web = await asyncio.to_thread(lambda: machine.web)
    customer = await with_a_person(live)
    async with customer.socket(web=web, after=1) as line:
        for number in range(size):
            client_id = str(uuid.uuid4())
            cuts = machine.database.cuts
            machine.database.cut_on = b"COMMIT\0"
            while machine.database.cuts == cuts:
                await line.ask("Once?", client_id)
                answer = await line.until_any({"message.ack", "error"})
            while answer["type"] == "error":
                assert (answer["code"], answer["client_id"]) == ("unavailable", client_id)
                await line.ask("Once?", client_id)
                answer = await line.until_any({"message.ack", "error"})
            assert answer["seq"] == number + 2
            assert len(live.rows("SELECT 1 FROM support_message WHERE client_id = %s", client_id)) == 1


async def test_over_a_slow_and_ragged_line(live, machine):
    """Latency, pieces of a few bytes, and connections that break off in the middle of an answer."""
    web = await asyncio.to_thread(lambda: machine.web)
    sender = Sender(await with_a_person(live), [web], 20)
    machine.database.latency, machine.database.slice = 0.001, 64
    machine.valkey.latency, machine.valkey.slice = 0.001, 7
    machine.database.cut_after = 4_000
    cuts = machine.database.cuts
    await sender.run()
    assert machine.database.cuts > cuts
    assert losses(live, [sender]) == {}
