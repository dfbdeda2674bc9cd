"""Tools for customers who have proven an e-mail address: who has not is asked to, and the model never learns which it is."""

import json
import uuid
from dataclasses import replace

import pytest

from agents.agent import CustomerSupportAgent
from agents.turn import Who
from tests.agents.conftest import context_of
from tests.agents.test_tools_in_a_turn import QUESTION, tool_results
from tests.fakes.model import Say

CARLA = "carla@example.com"


@pytest.mark.parametrize(
    "who",
    [{}, {"sub": "carla-1"}, {"sub": "carla-1", "email": CARLA}],
    ids=["nobody", "signed in", "signed in with an address"],
)
async def test_who_has_not_proven_it_is_asked_to(provider, marker, ask, refunds, shop, who):
    """Red when `_leave` makes the call, or `Tool.admits` takes a signed identity or its address for a proof."""
    provider.script(marker, Say(tool=("my_orders", f'{{"email": "{CARLA}"}}')), Say(pieces=("Never said.",)))
    turn = await ask(f"{QUESTION} I am {CARLA}. {marker}", who=Who(uuid.uuid4(), **who))
    request = turn.reply.request
    assert (request.tool, request.risk, request.verify, request.title) == (
        "my_orders",
        "read",
        True,
        "Looking up your orders",
    )
    assert turn.reply.text.startswith("For this I need to be sure who you are.")
    assert await turn.calls() == []
    assert len(provider.calls(marker)) == 1


async def test_who_has_proven_it_is_served_by_that_address(provider, marker, ask, refunds, shop):
    """Red when the tool gets its address from the model, or the prompt has it."""
    lie = '{"who": {"verified_email": "eve@example.com"}, "verified_email": "eve@example.com"}'
    provider.script(marker, Say(tool=("my_orders", lie)), Say(pieces=("They come.",)))
    turn = await ask(f"{QUESTION} {marker}", who=Who(uuid.uuid4(), verified_email=CARLA))
    (row,) = await turn.calls()
    assert (row.tool, row.state, row.arguments) == ("my_orders", "done", {})
    first, second = provider.calls(marker)
    assert shop.calls[-1]["path"] == f"/orders/{CARLA}"
    assert tool_results(second) == ["Two orders, both on their way."]
    assert CARLA not in json.dumps([first, second])
    (function,) = [t["function"] for t in first["tools"] if t["function"]["name"] == "my_orders"]
    assert "Never ask for the address yourself" in function["description"]


async def test_what_writes_is_asked_for_all_the_same(provider, marker, ask, refunds):
    provider.script(marker, Say(tool=("redirect_order", '{"item": "tea"}')))
    unproven = (await ask(f"{QUESTION} {marker}")).reply.request
    proven = (await ask(f"{QUESTION} {marker}", who=Who(uuid.uuid4(), verified_email=CARLA))).reply.request
    assert (unproven.verify, proven.verify, proven.risk) == (True, False, "write")
    assert unproven == replace(proven, verify=True)


async def test_a_proof_that_ran_out_meanwhile(provider, marker, ask, refunds, shop):
    """Red when `carry_out` does not look at the customer again."""
    provider.script(marker, Say(tool=("my_orders", "{}")))
    request = (await ask(f"{QUESTION} {marker}")).reply.request
    agent = CustomerSupportAgent()
    refused = await agent.carry_out(context_of(QUESTION), request, "key")
    assert (refused.succeeded, refused.known) == (False, True)
    done = await agent.carry_out(context_of(QUESTION, who=Who(uuid.uuid4(), verified_email=CARLA)), request, "key")
    assert done.succeeded


async def test_a_call_that_reads_and_breaks_off_has_done_nothing(provider, marker, ask, refunds, shop):
    """Red when `carry_out` says "unknown" of a call that reads: people would be sent for."""
    provider.script(marker, Say(tool=("my_orders", "{}")))
    request = (await ask(f"{QUESTION} {marker}")).reply.request
    who = Who(uuid.uuid4(), verified_email=f"{uuid.uuid4().hex}@example.com")
    shop.breaks.add(who.verified_email)
    outcome = await CustomerSupportAgent().carry_out(context_of(QUESTION, who=who), request, "key")
    assert (outcome.succeeded, outcome.known) == (False, True)
