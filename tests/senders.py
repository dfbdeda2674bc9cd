"""Customers that send until everything is acked, whatever happens to the processes they talk to."""

import asyncio
import json
import random
import uuid
from collections import Counter
from collections.abc import Sequence

import httpx2
import websockets

from tests.live import Address, Customer, Live

GONE = (OSError, websockets.WebSocketException, httpx2.HTTPError, TimeoutError)


class Sender:
    """Sends its messages one after another over a socket, reconnecting and resending until each is acked.

    webs: the processes it tries in turn; the list may be changed at any time.
    acked: (client_id, seq) of each, in the order of the acks.
    """

    def __init__(self, customer: Customer, webs: Sequence[Address], messages: int):
        self.customer = customer
        self.webs = webs
        self._turn = 0
        self._pending = [str(uuid.uuid4()) for _ in range(messages)]
        self.acked: list[tuple[str, int]] = []

    @property
    def left(self) -> int:
        return len(self._pending)

    def finish(self) -> None:
        """Send nothing more than what is under way."""
        del self._pending[1:]

    async def run(self) -> None:
        while self._pending:
            try:
                async with self.customer.socket(
                    web=self.webs[self._turn % len(self.webs)], after=self.customer.last_seq
                ) as line:
                    while self._pending:
                        await self._deliver(line, self._pending[0])
                        self._pending.pop(0)
            except GONE:
                self._turn += 1
                await asyncio.sleep(random.uniform(0.05, 0.3))  # jitter, as clients are asked for

    async def _deliver(self, line, client_id: str) -> None:
        await line.ask(json.dumps({"id": client_id}), client_id)
        while True:
            frame = await line.until_any({"message.ack", "error"}, 10)
            if frame.get("client_id") != client_id:
                continue
            if frame["type"] == "error":
                raise TimeoutError(frame["code"])
            self.acked.append((client_id, frame["seq"]))
            self.customer.last_seq = max(self.customer.last_seq, frame["seq"])
            return


async def with_a_person(live: Live, web: Address | None = None) -> Customer:
    """A customer who waits for a person, so that customers' messages are all that comes."""
    customer = await asyncio.to_thread(live.customer, web)
    path = f"/api/v1/conversations/{customer.conversation}/handoff"
    assert (await asyncio.to_thread(customer.http.post, path, json={})).status_code == 200
    return customer


def losses(live: Live, senders: list[Sender]) -> Counter:
    """What went wrong with acked messages: `lost`, `doubled`, `reordered`, `gaps`; empty when nothing did."""
    wrong: Counter = Counter()
    for sender in senders:
        rows = live.rows(
            "SELECT seq, role, client_id::text FROM support_message WHERE conversation_id = %s ORDER BY seq",
            sender.customer.conversation,
        )
        stored = [(row["client_id"], row["seq"]) for row in rows if row["role"] == "customer"]
        wrong["lost"] += len(set(sender.acked) - set(stored))
        wrong["doubled"] += len(stored) - len({client_id for client_id, _ in stored})
        wrong["reordered"] += [pair for pair in stored if pair in set(sender.acked)] != sender.acked
        wrong["gaps"] += [row["seq"] for row in rows] != list(range(1, len(rows) + 1))
    return +wrong
