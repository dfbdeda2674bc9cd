"""Servers of others for one run, and providers that name them."""

import socket

import pytest

from agents import llm
from agents.providers import Provider
from tests.interop import servers
from tests.interop.servers import KEY


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@pytest.fixture(scope="session")
def proxy(tmp_path_factory, model):
    """LiteLLM's base URL; the model `scripted` is the scripted provider behind it."""
    with servers.litellm(tmp_path_factory.mktemp("litellm"), free_port(), model.base_url) as base_url:
        yield base_url


@pytest.fixture(scope="session")
def tiny(tmp_path_factory):
    """(base URL, model) of `transformers serve`."""
    with servers.transformers(tmp_path_factory.mktemp("transformers"), free_port()) as started:
        yield started


@pytest.fixture
async def listen():
    """Ask a provider; gives the pieces of text and the completion."""

    async def ask(provider: Provider, text: str, tools: list | None = None):
        stream = llm.ChatStream(provider, [{"role": "user", "content": text}], tools or [])
        return [piece async for piece in stream], stream.completion

    yield ask
    await llm.close()


@pytest.fixture
def named(proxy):
    """A model of LiteLLM's as a provider."""

    def provider(model: str, key: str = KEY) -> Provider:
        return Provider(proxy, key, model)

    return provider
