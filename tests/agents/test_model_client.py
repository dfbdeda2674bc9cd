"""The SDK's client: one per event loop, and none left behind."""

import asyncio
import gc

import pytest

from agents import llm
from agents.llm import ChatStream, ModelError
from agents.providers import chain
from tests.fakes.model import Say


async def _client():
    client = llm._client(chain()[0])
    assert client is llm._client(chain()[0])
    await llm.close()
    return client


def test_each_loop_has_a_client_of_its_own(provider):
    assert asyncio.run(_client()) is not asyncio.run(_client())


def test_a_closed_client_is_forgotten(provider):
    """A worker runs each turn on a loop of its own. Red when `close` leaves the client in `_clients`."""
    before = len(llm._clients)
    asyncio.run(_client())
    assert len(llm._clients) == before
    asyncio.run(llm.close())  # nothing to close is fine


def test_a_closed_client_leaves_no_connection(provider, marker):
    """Red when `close` does not close the client: its connection is found open when the loop has ended."""
    provider.script(marker, Say(status=401))  # read to its end: the connection stays open
    complaints: list[dict] = []

    async def talk() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
        with pytest.raises(ModelError):
            async for _ in ChatStream(chain()[0], [{"role": "user", "content": marker}], []):
                pass
        await llm.close()

    for _ in range(3):
        asyncio.run(talk())
    gc.collect()
    assert complaints == []
