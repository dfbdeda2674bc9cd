"""Web processes are killed with -9, or asked to stop, in the middle of everything."""

import asyncio
import time
import uuid

from tests.fakes.model import Say
from tests.faults.sizes import sized
from tests.senders import Sender, losses, with_a_person


@sized(quick=(20, 50, 1), full=(100, 200, 10))
async def test_nothing_acked_is_lost_doubled_or_reordered(live, machine, size):
    """Red when consumers._send acks before perform(), or receive_message does not look for the client_id."""
    sockets, messages, kills = size
    staying, dying = live.webs[0], await asyncio.to_thread(lambda: machine.web)
    senders = []
    for number in range(sockets):
        customer = await with_a_person(live)
        senders.append(Sender(customer, [dying, staying] if number % 2 else [staying, dying], messages))
    running = asyncio.gather(*(sender.run() for sender in senders))
    for kill in range(kills):
        while sum(sender.left for sender in senders) > sockets * messages * (kills - kill) / (kills + 1):
            await asyncio.sleep(0.02)
        dying.kill()
        if kill + 1 < kills:
            dying = await asyncio.to_thread(lambda: machine.web)
            for sender in senders:
                sender.webs = [staying, dying] if sender.webs[0] is staying else [dying, staying]
    await running
    assert [len(sender.acked) for sender in senders] == [messages] * sockets
    assert losses(live, senders) == {}


@sized(quick=1, full=10)
async def test_an_answer_under_way_is_finished_by_another_process(live, machine, size):
    """The socket goes on elsewhere. Red when RunManager.start leaves out the sweep, and the beat schedule sweep_runs."""
    for _ in range(size):
        marker = uuid.uuid4().hex
        first = Say(pieces=("Never ", "finished"), pause=30)
        live.model.script(marker, first, Say(pieces=("Finished ", "[1].")))
        dying = await asyncio.to_thread(lambda: machine.web)
        customer = await asyncio.to_thread(live.customer, dying)
        async with customer.socket(web=dying) as doomed, customer.socket(web=live.webs[0]) as line:
            await doomed.ask(marker)
            seq = (await doomed.until("message.ack"))["seq"]
            started = await line.until("answer.started")
            assert await asyncio.to_thread(first.reached.wait, 10)
            dying.kill()
            killed_at = time.monotonic()
            async with customer.socket(web=live.webs[0], after=seq) as resumed:
                cancelled = await line.until("answer.cancelled", 16)
                assert (cancelled["run"], cancelled["reason"]) == (started["run"], "retrying")
                again = await line.until("answer.started", 5)
                assert again["run"] != started["run"]
                assert time.monotonic() - killed_at < 15
                assert (await resumed.message(role="assistant"))["text"] == "Finished [1]."
                assert time.monotonic() - killed_at < 30


@sized(quick=40, full=2000)
async def test_a_stopping_process_lets_its_sockets_go_and_ends(live, machine, size):
    """SIGTERM: every socket is told to reconnect, nothing is lost, the process ends by itself and cleanly."""
    stopping = await asyncio.to_thread(lambda: machine.web)
    customers = [await with_a_person(live, stopping) for _ in range(min(size, 20))]
    all_open = asyncio.Barrier(size + 1)

    async def hold(number: int) -> tuple[str, int]:
        async with customers[number % len(customers)].socket(web=stopping) as line:
            client_id = await line.ask("How do I start it?")
            ack = await line.until("message.ack", 60, client_id=client_id)
            await all_open.wait()
            return ack["id"], await line.closed(40)

    holding = asyncio.gather(*(hold(number) for number in range(size)))
    await all_open.wait()
    started = time.monotonic()
    assert await asyncio.to_thread(stopping.stop) in {0, -15}
    assert time.monotonic() - started < 30
    told = await holding
    assert [code for _, code in told] == [1012] * size
    kept = live.rows("SELECT count(*) AS n FROM support_message WHERE id = ANY(%s::uuid[])", [id_ for id_, _ in told])
    assert kept[0]["n"] == size


async def test_a_run_goes_on_after_its_process_was_stopped(live, machine):
    stopping = await asyncio.to_thread(lambda: machine.web)
    customer = await asyncio.to_thread(live.customer, stopping)
    async with customer.socket() as line:
        await line.ask("How do I start it?")
        await line.until("message.ack")
        await asyncio.to_thread(stopping.stop)
    async with customer.socket(web=live.webs[0]) as line:
        assert (await line.message(role="assistant", seconds=30))["run"]
