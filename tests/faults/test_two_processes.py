"""What one process writes is seen, while it grows, by those who are with another."""

import asyncio
import threading
import uuid

from tests.fakes.model import Say
from tests.senders import with_a_person


def held(live) -> tuple[str, Say]:
    """A question, and an answer that stops after its first pieces until it is let go on."""
    marker = uuid.uuid4().hex
    say = Say(pieces=("Slowly ", "but ", "surely."), hold=threading.Event())
    live.model.script(marker, say)
    return marker, say


async def test_who_was_there_before_sees_the_answer_grow(live, machine):
    """Red when Hub._changed does not hear of a run that began elsewhere."""
    marker, say = held(live)
    other = await asyncio.to_thread(lambda: machine.web)
    customer = live.customer()
    async with customer.socket() as asking, customer.socket(web=other) as beside:
        await asking.ask(marker)
        run = (await beside.until("answer.started"))["run"]
        assert (await beside.until("answer.delta"))["offset"] == 0
        say.hold.set()
        assert (await beside.message(role="assistant"))["run"] == run


async def test_who_joins_late_gets_the_answer_from_its_beginning(live, machine):
    """Red when Hub.follow does not hear of the run that is under way elsewhere."""
    marker, say = held(live)
    other = await asyncio.to_thread(lambda: machine.web)
    customer = live.customer()
    async with customer.socket() as asking:
        await asking.ask(marker)
        await asking.until("answer.delta")
        async with customer.socket(web=other) as late:
            delta = await late.until("answer.delta")
            assert (delta["offset"], delta["text"][:6]) == (0, "Slowly")
            say.hold.set()
            assert (await late.message(role="assistant"))["text"] == "Slowly but surely."


async def test_typing_is_seen(live, machine):
    """Red when Hub.typing tells only its own process."""
    other = await asyncio.to_thread(lambda: machine.web)
    customer = await with_a_person(live)
    async with customer.socket(after=1) as one, customer.socket(web=other, after=1) as two:
        await one.send({"type": "typing", "active": True})
        assert await two.until("typing") == {"type": "typing", "role": "customer", "active": True}
