"""A turn ends, whatever the model does: calls, repetitions and tokens are bounded."""

import json

from agents.turn import Limits
from tests.fakes.model import Say

SEARCH = Say(tool=("search_knowledge", '{"query": "money"}'))


async def test_the_same_call_is_made_once(provider, marker, ask, refunds):
    """Red when `_leave` does not look at what was made."""
    again = Say(tool=("search_knowledge", '{ "query" : "money" }'))
    provider.script(marker, SEARCH, again, Say(pieces=("Write to billing [1].",)))
    turn = await ask(f"How long does it take to get my money back? {marker}")
    assert len(await turn.calls()) == 1
    told = [m["content"] for m in provider.calls(marker)[-1]["messages"] if m["role"] == "tool"]
    assert "You made this very call" in told[1]


async def test_another_call_is_made(provider, marker, ask, refunds):
    provider.script(
        marker, SEARCH, Say(tool=("search_knowledge", '{"query": "refund"}')), Say(pieces=("Billing [1].",))
    )
    turn = await ask(f"How long does it take to get my money back? {marker}")
    assert len(await turn.calls()) == 2


def tools_of(requests) -> list[bool]:
    return ["tools" in request for request in requests]


async def test_after_so_many_tokens_it_has_to_answer(provider, marker, ask, refunds):
    """A call reads 100 and writes 20. Red when `events` does not look at what was spent."""
    lines = [
        {"choices": [{"delta": {"tool_calls": [{"index": 0, "id": "1", "function": {"name": "search_knowledge"}}]}}]},
        {"choices": [{"delta": {"tool_calls": [{"index": 0, "function": {"arguments": '{"query": "x"}'}}]}}]},
        {"choices": [{"delta": {}, "finish_reason": "tool_calls"}]},
        {"choices": [], "usage": {"prompt_tokens": 100, "completion_tokens": 20}},
    ]
    search = Say(raw=(*(json.dumps(line) for line in lines), "[DONE]"))
    question = f"How long does it take to get my money back? {marker}"
    for tokens, expected in ((120, [True, False]), (121, [True, True])):
        provider.script(marker, search, Say(pieces=("Write to billing [1].",)))
        before = len(provider.calls(marker))
        await ask(question, limits=Limits(tokens=tokens))
        assert tools_of(provider.calls(marker)[before:]) == expected
