"""Who looks at what, as other processes see it: from a console's socket to Redis."""

import contextlib
import json
import uuid

import httpx2
import pytest
import websockets

from config.common import redis
from support import presence


@contextlib.asynccontextmanager
async def console(live):
    """A signed-in human agent's socket, and a call that returns once what was sent before has been worked on."""
    web, who = live.webs[0], live.demo["human_agent"]
    with httpx2.Client(base_url=web.url) as browser:
        browser.get("/admin/login/")
        fields = {"username": who["username"], "password": who["password"]}
        fields["csrfmiddlewaretoken"] = browser.cookies["csrftoken"]
        browser.post("/admin/login/", data=fields, headers={"Referer": web.url})
        cookie = f"sessionid={browser.cookies['sessionid']}"
    address = f"ws://127.0.0.1:{web.port}/ws/console"
    async with websockets.connect(address, origin=web.url, additional_headers={"Cookie": cookie}) as raw:

        async def send(frame):
            await raw.send(json.dumps(frame))
            # One worker does what needs the database, in order: this is refused after it.
            await raw.send(json.dumps({"type": "conversation.watch", "id": str(uuid.uuid4()), "after": 0}))
            while json.loads(await raw.recv())["type"] != "error":
                pass

        yield send


@pytest.fixture
def seen_from_elsewhere(live, settings):
    """Let this process look into the installation's Redis."""
    settings.REDIS_URL = live.environment["REDIS_URL"]
    redis.client.cache_clear()
    live.redis().delete(presence._KEY)
    yield presence.looked_at
    redis.client.cache_clear()


async def test_an_open_queue_and_an_open_conversation_are_known(live, seen_from_elsewhere):
    """Red when `_look` is not called for the queue, or not for a conversation."""
    customer = live.customer()
    customer.send("Hello?")
    async with console(live) as send:
        assert seen_from_elsewhere() == set()
        await send({"type": "conversation.watch", "id": customer.conversation, "after": 0})
        assert seen_from_elsewhere() == {customer.conversation}
        await send({"type": "queue.subscribe"})
        assert seen_from_elsewhere() == {customer.conversation, presence.QUEUE}
    assert 0 < live.redis().ttl(presence._KEY) <= presence.SECONDS
