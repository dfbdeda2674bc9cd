"""A process dies between a tool's effect and its record: there is one effect, or a human agent is told that nobody knows."""

import asyncio
import json
import uuid

from tests.fakes.model import Say
from tests.faults.sizes import sized


async def dies_in_the_middle(live, machine, shop, tool: str, item: str) -> list[str]:
    """The customer confirms; the process that acts is killed once the effect is there. The messages in the end."""
    arguments = json.dumps({"item": item})
    live.model.script(item, Say(tool=(tool, arguments)), Say(pieces=("It is ", "ordered.")))
    hold = shop.hold(item)
    dying = await asyncio.to_thread(lambda: machine.web)
    customer = await asyncio.to_thread(live.customer, dying)
    async with customer.socket(web=dying) as doomed, customer.socket(web=live.webs[0]) as line:
        await doomed.ask(f"Please order {item}")
        request = await doomed.until("action.requested")
        await doomed.send({"type": "action.confirm", "action": request["action"]})
        assert await asyncio.to_thread(hold.reached.wait, 20)
        dying.kill()
        del shop.holds[item]
        hold.release.set()
        while True:
            message = await line.message(30)
            if message["notice"] == "queued" or message["text"] == "It is ordered.":
                break
    customer.http = live.http(live.webs[0], Authorization=f"Bearer {customer.session['token']}")
    return [message["notice"] or message["text"] for message in customer.messages()]


@sized(quick=1, full=10)
async def test_what_may_not_be_repeated_is_flagged(live, machine, shop, size):
    """Red when run_actions.begin begins every action again that was begun."""
    for _ in range(size):
        item = f"tea-{uuid.uuid4().hex[:12]}"
        said = await dies_in_the_middle(live, machine, shop, "place_order", item)
        assert said[-1] == "queued"
        assert len(shop.done(item)) == 1
        assert len([call for call in shop.calls if call.get("item") == item]) == 1
        (row,) = live.rows("SELECT state, arguments FROM support_action WHERE arguments->>'item' = %s", item)
        assert row["state"] == "unknown"


@sized(quick=1, full=10)
async def test_what_knows_its_key_is_repeated(live, machine, shop, size):
    """Red when the key is the run's, not the action's."""
    for _ in range(size):
        item = f"tea-{uuid.uuid4().hex[:12]}"
        said = await dies_in_the_middle(live, machine, shop, "order_once", item)
        assert said[-1] == "It is ordered."
        assert len(shop.done(item)) == 1
        calls = [call for call in shop.calls if call.get("item") == item]
        assert len(calls) == 2
        assert len({call["key"] for call in calls}) == 1
