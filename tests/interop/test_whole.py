"""From the customer's message to the reply, through a web process that asks a server of others."""

import asyncio
import json
import uuid

import pytest

from tests.fakes.model import Say
from tests.interop.servers import KEY

pytestmark = pytest.mark.interop


@pytest.fixture(scope="module")
def through_litellm(live, proxy):
    """A web process whose provider is LiteLLM, with the scripted server behind it."""
    web = live.start_web(OPENAI_BASE_URL=proxy, OPENAI_API_KEY=KEY, OPENAI_MODEL="scripted")
    web.wait_ready()
    yield web
    live.webs.remove(web)
    web.kill()


@pytest.fixture(scope="module")
def through_transformers(live, tiny):
    web = live.start_web(OPENAI_BASE_URL=tiny[0], OPENAI_API_KEY="none", OPENAI_MODEL=tiny[1])
    web.wait_ready()
    yield web
    live.webs.remove(web)
    web.kill()


def reply_of(sent: dict) -> dict:
    (reply,) = sent["replies"]
    return reply


def test_an_answer_with_its_source(live, through_litellm):
    """A stream that LiteLLM has encoded anew, with the passage behind it."""
    reply = reply_of(live.customer(through_litellm).send("How do I start it?", wait=25))
    assert (reply["engine"], reply["text"]) == ("llm", "You find this in the help centre [1].")
    assert reply["citations"][0]["quote"]


def test_a_tool_is_called_and_told(live, through_litellm, model):
    """There and back: the call, its result, and the answer that rests on it."""
    marker = f"order{uuid.uuid4().hex}"
    model.script(marker, Say(tool=("order_state", '{"number": 1001}')), Say(pieces=("It is ", "on its way.")))
    reply = reply_of(live.customer(through_litellm).send(f"Where is {marker}?", wait=25))
    assert (reply["engine"], reply["text"]) == ("llm", "It is on its way.")
    told = model.calls(marker)[-1]["messages"][-1]
    assert told["role"] == "tool"
    assert json.loads(told["content"])["state"] == "on its way"


async def test_the_customers_stop_reaches_the_server_behind(live, through_litellm, model):
    """Within seconds: nobody pays for words that nobody reads."""
    marker = f"stop{uuid.uuid4().hex}"
    say = Say(pieces=("word ",) * 400, pause=0.05)
    model.script(marker, say)
    customer = live.customer(through_litellm)
    async with customer.socket() as line:
        await line.ask(f"{marker} how?")
        started = await line.until("answer.delta", seconds=60)
        await line.send({"type": "answer.stop", "run": started["run"]})
        assert (await line.until("answer.cancelled"))["reason"] == "stopped"
        assert await asyncio.to_thread(say.left.wait, 8)


def test_nonsense_is_not_shown_as_finished_unless_it_is(live, through_transformers):
    """A model of random weights: its answer, if it came to an end by itself; else one from the articles."""
    reply = reply_of(live.customer(through_transformers).send("How do I start it?", wait=25))
    assert reply["engine"] in {"llm", "extractive"}
    assert reply["text"]
    assert all(f"[{cited['index']}]" in reply["text"] for cited in reply["citations"])
    if reply["engine"] == "extractive":
        assert reply["citations"]
