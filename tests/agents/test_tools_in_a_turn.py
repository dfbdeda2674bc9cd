"""Tools the model asks for within a turn."""

import json
import uuid

import pytest

from agents.turn import Limits, Who
from tests.agents.streaming import DONE, chunk
from tests.fakes.model import Say

QUESTION = "How long does it take to get my money back?"


def tool_results(request: dict) -> list[str]:
    return [message["content"] for message in request["messages"] if message["role"] == "tool"]


async def test_a_second_search_continues_the_numbers(provider, marker, ask, refunds, shipping):
    """Red when search_knowledge numbers its passages from 1."""
    search = Say(tool=("search_knowledge", '{"query": "when do parcels leave the warehouse"}'))
    provider.script(marker, search, Say(pieces=("At nine [2].",)))
    turn = await ask(f"{QUESTION} {marker}", limits=Limits(passages=1))
    first, second = provider.calls(marker)
    assert 'number="2"' not in first["messages"][-1]["content"]
    (told,) = tool_results(second)
    assert told.startswith('<passage number="2" title="Shipping">')
    assert turn.steps == ["search_knowledge", "search_knowledge"]
    assert [(c.index, c.passage.article_id) for c in turn.reply.citations] == [(2, shipping.pk)]
    assert [passage.article_id for passage in turn.reply.passages] == [refunds.pk, shipping.pk]
    assert turn.reply.usage.model_calls == 2


async def test_the_models_own_call_stands_before_its_result(provider, marker, ask, refunds):
    provider.script(marker, Say(tool=("search_knowledge", '{"query": "parcels"}')), Say(pieces=("No.",)))
    await ask(f"{QUESTION} {marker}")
    call, result = provider.calls(marker)[1]["messages"][-2:]
    assert call["role"] == "assistant"
    assert call["tool_calls"][0]["function"] == {"name": "search_knowledge", "arguments": '{"query": "parcels"}'}
    assert result["tool_call_id"] == call["tool_calls"][0]["id"]


async def test_a_search_that_finds_the_same_again_says_so(provider, marker, ask, refunds):
    provider.script(marker, Say(tool=("search_knowledge", '{"query": "refund"}')), Say(pieces=("Yes [1].",)))
    turn = await ask(f"{QUESTION} {marker}")
    assert tool_results(provider.calls(marker)[1]) == ["Nothing new was found."]
    assert len(turn.reply.passages) == 1


async def test_escalation_ends_the_turn(provider, marker, ask, refunds):
    arguments = json.dumps({"reason": "negative_sentiment", "note": "very upset"})
    provider.script(marker, Say(tool=("escalate_to_human", arguments)), Say(pieces=("Never said.",)))
    turn = await ask(f"{QUESTION} {marker}")
    assert (turn.escalate.reason, turn.escalate.note) == ("negative_sentiment", "very upset")
    assert len(provider.calls(marker)) == 1
    assert turn.shown == ""


async def test_an_unknown_tool_is_told_to_the_model(provider, marker, ask, refunds):
    provider.script(marker, Say(tool=("delete_everything", "{}")), Say(pieces=("I cannot do that.",)))
    turn = await ask(f"{QUESTION} {marker}")
    assert tool_results(provider.calls(marker)[1]) == ["There is no tool 'delete_everything'."]
    assert turn.steps == ["search_knowledge"]
    assert turn.reply.text == "I cannot do that."


async def test_broken_arguments_are_told_to_the_model(provider, marker, ask, refunds):
    provider.script(marker, Say(tool=("search_knowledge", '{"query": ')), Say(pieces=("Sorry.",)))
    turn = await ask(f"{QUESTION} {marker}")
    (told,) = tool_results(provider.calls(marker)[1])
    assert told.startswith("The arguments are not valid: ")
    assert turn.reply.text == "Sorry."


async def test_a_tool_that_fails_does_not_end_the_turn(provider, marker, ask, refunds, shop):
    """Red when `calls._make` catches nothing."""
    shop.breaks.add("500")
    provider.script(marker, Say(tool=("order_state", '{"number": 500}')), Say(pieces=("Sorry.",)))
    turn = await ask(f"{QUESTION} {marker}")
    assert tool_results(provider.calls(marker)[1]) == ["The tool failed."]
    assert turn.reply.text == "Sorry."
    (row,) = await turn.calls()
    assert (row.tool, row.risk, row.state, row.arguments) == ("order_state", "read", "unknown", {"number": 500})


async def test_a_tool_that_refuses_says_why(provider, marker, ask, refunds, shop):
    shop.refuses.add("404")
    provider.script(marker, Say(tool=("order_state", '{"number": 404}')), Say(pieces=("Sorry.",)))
    turn = await ask(f"{QUESTION} {marker}")
    assert tool_results(provider.calls(marker)[1]) == ["The tool failed: There is no 404."]
    assert [call.state for call in (await turn.calls())] == ["failed"]


async def test_a_tool_that_takes_too_long(provider, marker, ask, refunds, shop):
    """Red when `calls._make` sets no timeout."""
    hold = shop.hold("408")
    provider.script(marker, Say(tool=("order_state", '{"number": 408}')), Say(pieces=("Sorry.",)))
    turn = await ask(f"{QUESTION} {marker}")
    hold.release.set()
    assert tool_results(provider.calls(marker)[1]) == ["The tool did not answer in time."]
    assert turn.reply.text == "Sorry."


async def test_calls_are_recorded(provider, marker, ask, refunds, shop):
    provider.script(marker, Say(tool=("order_state", '{"number": 7}')), Say(pieces=("On its way.",)))
    turn = await ask(f"{QUESTION} {marker}")
    (row,) = await turn.calls()
    assert (row.call, row.state, json.loads(row.result)["state"]) == ("call_1", "done", "on its way")
    assert 0 < row.took_ms < 5_000
    assert turn.steps == ["search_knowledge", "order_state"]


async def test_who_the_customer_is_comes_from_the_server(provider, marker, ask, refunds):
    """Red when a tool's context is filled from the model's arguments."""
    lie = '{"who": {"sub": "somebody-else"}, "sub": "somebody-else"}'
    provider.script(marker, Say(tool=("my_account", lie)), Say(pieces=("Yes.",)))
    await ask(f"{QUESTION} {marker}", who=Who(uuid.uuid4(), "carla-1", "Carla", "carla@example.org"))
    assert tool_results(provider.calls(marker)[1]) == ["carla-1 carla@example.org"]


async def test_a_tool_for_signed_in_customers_refuses_others(provider, marker, ask, refunds):
    """Red when `Tool.admits` says yes to everybody."""
    provider.script(marker, Say(tool=("my_account", "{}")), Say(pieces=("Please sign in.",)))
    turn = await ask(f"{QUESTION} {marker}")
    (told,) = tool_results(provider.calls(marker)[1])
    assert told.startswith("The customer has to be signed in")
    assert await turn.calls() == []


@pytest.mark.parametrize(
    ("tool", "arguments", "title"),
    [
        ("place_order", {"item": "tea", "quantity": 3}, "Order 3 of tea"),
        ("refund", {"invoice": "R-1", "amount": 20.5}, "Refund 20.5 for invoice R-1"),
    ],
)
async def test_what_writes_is_asked_for_and_not_done(provider, marker, ask, refunds, shop, tool, arguments, title):
    """Red when `ModelTurn._leave` lets every risk class through."""
    before = len(shop.calls)
    provider.script(marker, Say(tool=(tool, json.dumps(arguments))), Say(pieces=("Never said.",)))
    turn = await ask(f"{QUESTION} {marker}")
    request = turn.reply.request
    assert (request.tool, request.title, request.arguments) == (tool, title, arguments)
    assert title in turn.reply.text
    assert turn.reply.text == turn.shown
    assert len(provider.calls(marker)) == 1
    assert len(shop.calls) == before


async def test_what_the_model_says_before_it_asks_is_the_question(provider, marker, ask, refunds):
    call = {
        "index": 0,
        "id": "a",
        "type": "function",
        "function": {"name": "place_order", "arguments": '{"item":"tea"}'},
    }
    raw = (chunk({"content": "Shall I order tea? "}), chunk({"tool_calls": [call]}), chunk({}, "tool_calls"), DONE)
    provider.script(marker, Say(raw=raw))
    turn = await ask(f"{QUESTION} {marker}")
    assert turn.reply.text == "Shall I order tea?"
    assert turn.reply.request.arguments == {"item": "tea", "quantity": 1}


async def test_the_last_call_gets_no_tools(provider, marker, ask, refunds):
    """Red when `last` is always False."""
    provider.script(marker, Say(tool=("search_knowledge", '{"query": "x"}')))
    turn = await ask(f"{QUESTION} {marker}", limits=Limits(model_calls=3))
    requests = provider.calls(marker)
    assert ["tools" in request for request in requests] == [True, True, False]
    assert turn.reply.engine == "extractive"


async def test_after_the_last_tool_call_the_model_has_to_answer(provider, marker, ask, refunds):
    """Red when `calls_left` is not counted down."""
    search = Say(tool=("search_knowledge", '{"query": "x"}'))
    provider.script(marker, search, search, Say(pieces=("Within 14 days [1].",)))
    turn = await ask(f"{QUESTION} {marker}", limits=Limits(model_calls=9, tool_calls=2))
    assert ["tools" in request for request in provider.calls(marker)] == [True, True, False]
    assert turn.reply.text == "Within 14 days [1]."


async def test_too_many_tools_in_one_call(provider, marker, ask, refunds):
    def part(index: int) -> dict:
        function = {"name": "search_knowledge", "arguments": '{"query": "x"}'}
        return {"index": index, "id": f"call_{index}", "type": "function", "function": function}

    raw = (chunk({"tool_calls": [part(index) for index in range(3)]}), chunk({}, "tool_calls"), DONE)
    provider.script(marker, Say(raw=raw), Say(pieces=("Within 14 days [1].",)))
    await ask(f"{QUESTION} {marker}", limits=Limits(tool_calls=2))
    assert tool_results(provider.calls(marker)[1])[2] == "No tool calls are left."


async def test_text_before_and_after_a_tool_call_is_one_answer(provider, marker, ask, refunds):
    call = {"index": 0, "id": "a", "type": "function", "function": {"name": "search_knowledge", "arguments": "{}"}}
    raw = (chunk({"content": "Let me look."}), chunk({"tool_calls": [call]}), chunk({}, "tool_calls"), DONE)
    provider.script(marker, Say(raw=raw), Say(pieces=("Within 14 days [1].",)))
    turn = await ask(f"{QUESTION} {marker}")
    assert turn.reply.text == turn.shown == "Let me look.\n\nWithin 14 days [1]."
