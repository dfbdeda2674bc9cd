"""The conversation: Ada asks a tea shop about her order, her bills and its stock, wants money back, and then a person."""

import json
import threading
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import jwt

from tests.docs.recorded.setting import TAG
from tests.fakes.model import Say
from tests.live import Customer, Line, Live
from tests.support.test_console_rights import console, signed_in

Frame = dict[str, Any]
# What happens while the story is told; the name of the moment. Pictures are taken there.
Moment = Callable[[str, "Story"], Awaitable[None]]

ADA = {"sub": "cust-1", "name": "Ada Byron", "email": "ada@example.com", "email_verified": True}
ARTICLES = {
    "recorded/refunds": (
        "Refunds",
        "# When the money arrives\n\nA refund reaches the card or account that you paid with within five working days after we have "
        "accepted it. You get an e-mail when it is on its way.\n\n# What can be refunded\n\nInvoices that are paid, in full or in part, "
        "within thirty days.",
    ),
    "recorded/cancelling": (
        "Cancelling an order",
        "An order can be cancelled until it has been shipped. After that, send the parcel back and ask for a refund.",
    ),
}


@dataclass
class Step:
    """What the customer, or a human agent, does, and the frames that the customer's socket carries then.

    frames: with True for those that the customer sends. wished: the calls that the model asked for, as it wrote them.
    """

    title: str
    wished: list[tuple[str, str]] = field(default_factory=list)
    frames: list[tuple[bool, Frame]] = field(default_factory=list)


@dataclass
class Story:
    """What is recorded.

    ready: the frame that begins the customer's connection. queued: the conversation in the console's queue. claimed: what the
    human agent sees beside it. runs: what the AI agent did, in order. refused: how often the provider said 503. had: the
    refunds that the shop has at the end.
    """

    live: Live
    inbox: dict[str, str]
    moment: Moment
    customer: Customer
    steps: list[Step] = field(default_factory=list)
    ready: Frame = field(default_factory=dict)
    queued: Frame = field(default_factory=dict)
    claimed: Frame = field(default_factory=dict)
    runs: list[Frame] = field(default_factory=list)
    refused: int = 0
    had: list[Frame] = field(default_factory=list)


async def play(live: Live, inbox: dict[str, str], shop: Any, moment: Moment) -> Story:
    """The whole conversation, from the first question to its end."""
    identity = jwt.encode(ADA | {"exp": int(time.time()) + 600}, inbox["secret"], "HS256")
    story = Story(live, inbox, moment, live.customer(inbox=inbox["key"], identity=identity))
    with signed_in(live) as browser:
        async with story.customer.socket() as line:
            story.ready = line.ready
            await _look_up(story, line)
            await _refund(story, line)
            await _outage(story, line)
            await _person(story, line, browser)
        where = f"/admin/support/conversation/{story.customer.conversation}"
        story.runs = browser.get(f"{where}/runs/").json()["results"][::-1]
    story.had = shop.refunds
    return story


async def _look_up(story: Story, line: Line) -> None:
    """Three systems, one question each. The first call is made without its number: the customer has just given it."""
    await _ask(
        story,
        line,
        "Orders",
        "Hello! How far is my order 5001?",
        Say(tool=("track_order", "{}")),
        Say(pieces=("Your teapot ", "(order 5001) is still in preparation.")),
    )
    await _ask(
        story,
        line,
        "Billing",
        "What have you charged me so far?",
        Say(tool=("list_invoices", "{}")),
        Say(pieces=("Here is what I found: ", "INV-1001 over 49.9 EUR is paid, INV-1002 over 12.5 EUR is still open.")),
    )
    await _ask(
        story,
        line,
        "Inventory",
        "Is there any green tea left?",
        Say(tool=("check_stock", json.dumps({"words": "green tea"}))),
        Say(pieces=("Yes, there is: ", "42 packets of green tea are in stock.")),
    )


async def _refund(story: Story, line: Line) -> None:
    """The agent may not write unasked."""
    arguments = json.dumps({"invoice": "INV-1001", "amount": 20})
    text = "The lid came broken. Please refund 20 EUR of invoice INV-1001."
    async with _step(story, line, "A write is asked for first"):
        gate = threading.Event()
        done = Say(pieces=("It is requested: ", "20 EUR of INV-1001 go back to you."), hold=gate)
        # The run that makes the call tells its outcome, and has no question of its own: its last words are these.
        story.live.model.script(text, Say(tool=("request_refund", arguments)), done)
        await _say(story, line, text)
        action = (await line.until("action.requested"))["action"]
        await story.moment("confirm", story)
    async with _step(story, line, "The customer's yes"):
        await _send(story, line, {"type": "action.confirm", "action": action})
        await _answered(line, gate)


async def _outage(story: Story, line: Line) -> None:
    """The provider answers 503 to everything, and later it does not."""
    text = "And how long does a refund take?"
    async with _step(story, line, "The model is away"):
        story.live.model.script(text, Say(status=503))
        asked = len(story.live.model.calls(text))
        await _say(story, line, text)
        await line.message(role="assistant")
        await story.moment("outage", story)
        story.refused = len(story.live.model.calls(text)) - asked
    await _ask(
        story,
        line,
        "The model is back",
        "Good to know. Can I still cancel an order that is in preparation?",
        Say(pieces=("Yes: ", "an order can be cancelled until it has been shipped [1].")),
    )


async def _person(story: Story, line: Line, browser: Any) -> None:
    """Hand-off, claim, reply, close."""
    there = f"/admin/support/conversation/{story.customer.conversation}"
    headers = {"X-CSRFToken": browser.cookies["csrftoken"]}

    def press(name: str, **body: Any) -> Frame:
        answer = browser.post(f"{there}/{name}/", json=body, headers=headers)
        assert answer.is_success, answer.text
        found: Frame = answer.json()
        return found

    async with console(story.live, browser) as staff:
        async with _step(story, line, "A person, please"):
            await staff.send({"type": "queue.subscribe"})
            await _say(story, line, "Thank you. About the broken lid I would like to talk to a person.")
            await line.until("conversation.updated")
            story.queued = await _in_queue(staff, story.customer.conversation)
        async with _step(story, line, "A human agent claims the conversation"):
            story.claimed = press("claim")
            await line.until("conversation.updated")
        await story.moment("claimed", story)
        async with _step(story, line, "… and answers"):
            text = "Hello Ada, I am sorry about the lid. A new one is on its way to you, and the refund stays."
            seq = story.claimed["conversation"]["last_seq"]
            press("reply", client_id=str(uuid.uuid4()), text=text, last_seen_seq=seq)
            await line.message(role="human")
        async with _step(story, line, "… and closes it"):
            press("close")
            await line.until("conversation.updated")
            await story.moment("runs", story)


async def _in_queue(staff: Line, conversation: str) -> Frame:
    """The queue's entry of the conversation, once it is there."""
    while True:
        listed = (await staff.until("queue.updated"))["conversations"]
        for row in listed:
            if row["id"] == conversation:
                return dict(row)


async def _ask(story: Story, line: Line, title: str, text: str, *says: Say) -> None:
    """A question, and the model's answer to it, which pauses after its first words until they have been shown."""
    async with _step(story, line, title):
        gate = threading.Event()
        says[-1].hold = gate
        story.live.model.script(text, *says)
        await _say(story, line, text)
        await _answered(line, gate)
        last = story.live.model.calls(text)[-1]
        calls = [call["function"] for message in last["messages"] for call in message.get("tool_calls", ())]
        story.steps[-1].wished += [(call["name"], call["arguments"]) for call in calls]


async def _answered(line: Line, gate: threading.Event) -> None:
    await line.until("answer.delta")
    gate.set()
    await line.message(role="assistant")


@asynccontextmanager
async def _step(story: Story, line: Line, title: str) -> AsyncIterator[None]:
    """Keep what is sent and comes within the block, whose end waits for the last frame of it."""
    step = Step(title)
    story.steps.append(step)
    count = len(line.seen)
    yield
    step.frames += [(False, frame) for frame in line.seen[count:]]


async def _send(story: Story, line: Line, frame: Frame) -> None:
    story.steps[-1].frames.append((True, frame))
    await line.send(frame)


async def _say(story: Story, line: Line, text: str) -> None:
    await _send(story, line, {"type": "message.send", "client_id": str(uuid.uuid4()), "text": text})


@contextmanager
def published(live: Live) -> Iterator[None]:
    """What the shop's help centre has to say, for this inbox alone, is there within the block."""
    with live.integration() as team:
        made = []
        for external_id, (title, body) in ARTICLES.items():
            document = {"title": title, "body": body, "status": "published", "tags": [TAG]}
            answer = team.put(f"/api/v1/knowledge/articles/by-external-id/{external_id}", json=document)
            made.append(answer.raise_for_status().json()["id"])
        live.wait_indexed()
        yield
        for article in made:
            team.delete(f"/api/v1/knowledge/articles/{article}").raise_for_status()
