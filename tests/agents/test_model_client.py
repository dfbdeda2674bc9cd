"""The SDK's client: one per event loop, and none left behind."""

import asyncio
import gc

from agents import llm
from tests.agents.streaming import listen
from tests.fakes.model import Say


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


def test_a_client_that_is_let_go_leaves_no_errors(provider, marker):
    """Its connections belong to a loop that ended. Red with the SDK's own HTTP client: it closes itself on the next."""
    provider.script(marker, Say(status=401))  # read to its end: the connection stays open
    complaints: list[dict] = []

    async def talk() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
        assert (await listen(marker)).failure.permanent
        gc.collect()  # while a loop runs, as it does in a worker
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.wait([task])

    for _ in range(3):
        asyncio.run(talk())
    gc.collect()
    assert complaints == []
