"""The SDK's client: one per event loop, and none left behind."""

import asyncio

from agents import llm


async def _client():
    loop = asyncio.get_running_loop()
    assert llm._client_of(loop) is llm._client_of(loop)
    return loop, llm._client_of(loop)


def test_each_loop_has_a_client_of_its_own(provider):
    _, first = asyncio.run(_client())
    _, second = asyncio.run(_client())
    assert first is not second


def test_clients_of_ended_loops_are_let_go(provider):
    """A worker runs each turn on a loop of its own. Red when `_client_of` is `@cache`."""
    ended = [asyncio.run(_client())[0] for _ in range(3)]
    loop, _ = asyncio.run(_client())
    assert loop in llm._clients
    assert not set(ended) & set(llm._clients)
