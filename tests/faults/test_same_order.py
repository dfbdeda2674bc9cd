"""Two processes, one conversation: the same message many times at once, and the same order for everybody."""

import asyncio
import uuid
from concurrent.futures import ThreadPoolExecutor

from tests.faults.sizes import sized
from tests.senders import with_a_person

AT_ONCE = 50


@sized(quick=1, full=20)
async def test_one_client_id_fifty_times_at_once(live, machine, size):
    """Red when receive_message does not look for the client_id (the unique key then refuses 49 of them)."""
    webs = [live.webs[0], await asyncio.to_thread(lambda: machine.web)]
    for _ in range(size):
        customer = await with_a_person(live)
        client_id = str(uuid.uuid4())
        body = {"client_id": client_id, "text": "Once."}
        path = f"/api/v1/conversations/{customer.conversation}/messages"
        clients = [live.http(web, Authorization=f"Bearer {customer.session['token']}") for web in webs]

        async def by_socket(number: int, customer=customer, client_id=client_id) -> dict:
            async with customer.socket(web=webs[number % 2], after=1) as line:
                await line.ask("Once.", client_id)
                return await line.until("message.ack", 60)

        with ThreadPoolExecutor(AT_ONCE // 2) as pool:
            posts = [pool.submit(clients[number % 2].post, path, json=body) for number in range(AT_ONCE // 2)]
            acks = await asyncio.gather(*(by_socket(number) for number in range(AT_ONCE // 2)))
            answers = await asyncio.gather(*map(asyncio.wrap_future, posts))
        assert sorted(answer.status_code for answer in answers)[:-1] == [200] * (AT_ONCE // 2 - 1)
        told = {(ack["id"], ack["seq"]) for ack in acks}
        told |= {(answer.json()["message"]["id"], answer.json()["message"]["seq"]) for answer in answers}
        assert len(told) == 1
        rows = live.rows("SELECT id FROM support_message WHERE client_id = %s", client_id)
        assert [str(row["id"]) for row in rows] == [told.pop()[0]]


@sized(quick=30, full=1000)
async def test_two_tabs_on_two_processes_see_the_same_order(live, machine, size):
    """Red when Feed._durable hands messages out as they were announced, not by seq."""
    customer = await with_a_person(live)
    webs = [live.webs[0], await asyncio.to_thread(lambda: machine.web)]

    async def tab(web) -> list[tuple[int, str]]:
        async with customer.socket(web=web, after=1) as line:
            for _ in range(size):
                await line.until("message.ack", 30, client_id=await line.ask(web.name))
            while sum(frame["type"] == "message.created" for frame in line.seen) < 2 * size:
                await line.receive()
            created = [frame["message"] for frame in line.seen if frame["type"] == "message.created"]
            return [(message["seq"], message["text"]) for message in created]

    one, two = await asyncio.gather(*map(tab, webs))
    assert one == two
    assert [seq for seq, _ in one] == list(range(2, 2 * size + 2))
    assert {text for _, text in one} == {web.name for web in webs}
