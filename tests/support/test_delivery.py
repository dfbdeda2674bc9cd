"""1,000 messages over 20 sockets on two web processes, one of them killed with -9 midway: all acked, in order, once."""

import asyncio
import json
import uuid

import websockets

from tests.live import Customer, Line

SOCKETS, MESSAGES = 20, 50


class Sender:
    """A customer that sends its messages one after another, reconnecting and resending until each is acked."""

    def __init__(self, customer: Customer, webs: list):
        self.customer, self.webs = customer, webs
        self.acked: list[tuple[str, int]] = []

    async def run(self, halfway: asyncio.Event) -> None:
        pending = [str(uuid.uuid4()) for _ in range(MESSAGES)]
        while pending:
            web = next(web for web in self.webs if web.running)
            try:
                async with self.customer.socket(web=web) as line:
                    while pending:
                        await self._deliver(line, pending[0])
                        pending.pop(0)
                        if len(pending) == MESSAGES // 2:
                            halfway.set()
            except (OSError, websockets.WebSocketException, TimeoutError):
                self.webs = [*self.webs[1:], self.webs[0]]

    async def _deliver(self, line: Line, client_id: str) -> None:
        text = json.dumps({"n": MESSAGES, "id": client_id})
        await line.ask(text, client_id)
        ack = await line.until("message.ack", 10, client_id=client_id)
        self.acked.append((client_id, ack["seq"]))


async def test_nothing_acked_is_lost_doubled_or_reordered(live):
    """Mutations: ack before perform() in consumers._send; drop the client_id look-up from receive_message."""
    staying, dying = live.webs[0], live.start_web()
    await asyncio.to_thread(dying.wait_ready)
    senders = []
    for number in range(SOCKETS):
        customer = await asyncio.to_thread(live.customer)
        # With a person, so that customers' messages are all there is.
        await asyncio.to_thread(customer.http.post, f"/api/v1/conversations/{customer.conversation}/handoff", json={})
        senders.append(Sender(customer, [dying, staying] if number % 2 else [staying, dying]))
    halfway = asyncio.Event()
    running = [asyncio.create_task(sender.run(halfway)) for sender in senders]
    await asyncio.wait_for(halfway.wait(), 60)
    dying.kill()
    await asyncio.wait_for(asyncio.gather(*running), 90)
    for sender in senders:
        assert len(sender.acked) == MESSAGES
        stored = [message for message in sender.customer.messages() if message["role"] == "customer"]
        assert [(message["client_id"], message["seq"]) for message in stored] == sender.acked
        assert [message["seq"] for message in sender.customer.messages()] == list(range(1, MESSAGES + 2))
