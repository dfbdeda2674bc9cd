"""The SDK's client: one per event loop, and none left behind."""

import asyncio
import gc
import weakref

from agents import llm


async def _client():
    loop = asyncio.get_running_loop()
    assert llm._client_of(loop) is llm._client_of(loop)
    return llm._client_of(loop), weakref.ref(loop)


def test_a_loop_of_its_own_gets_a_client_of_its_own(provider):
    first, _ = asyncio.run(_client())
    second, _ = asyncio.run(_client())
    assert first is not second


def test_a_loop_that_ended_is_forgotten(provider):
    """A worker runs each turn on a loop of its own. Red when `_client_of` is `@cache`."""
    client, loop = asyncio.run(_client())
    del client
    gc.collect()
    assert loop() is None
