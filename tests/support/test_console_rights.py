"""The live console of somebody whose rights change while they look."""

import contextlib
import uuid

import httpx2
import pytest
import websockets

from tests.live import Line


@pytest.fixture
def alice(live):
    """The demo's human agent, signed in; afterwards she works in every inbox again."""
    with signed_in(live) as browser:
        yield browser
    live.rows("DELETE FROM support_workplace")


@contextlib.contextmanager
def signed_in(live):
    """A browser in which the demo's human agent has signed in."""
    web, who = live.webs[0], live.demo["human_agent"]
    with httpx2.Client(base_url=web.url, headers={"Referer": web.url}, timeout=30) as browser:
        browser.get("/admin/login/")
        fields = {"username": who["username"], "password": who["password"]}
        browser.post("/admin/login/", data=fields | {"csrfmiddlewaretoken": browser.cookies["csrftoken"]})
        yield browser


@contextlib.asynccontextmanager
async def console(live, browser):
    """The browser's live connection."""
    web = live.webs[0]
    cookie = {"Cookie": f"sessionid={browser.cookies['sessionid']}"}
    address = f"ws://127.0.0.1:{web.port}/ws/console"
    async with websockets.connect(address, origin=web.url, additional_headers=cookie, max_size=None) as raw:
        yield Line(raw)


def limit(live):
    """Choose another inbox for her than that of the demo: as no row names one, none."""
    name = live.demo["human_agent"]["username"]
    live.rows("INSERT INTO support_workplace SELECT id FROM auth_user WHERE username = %s", name)


async def settled(line):
    """What came until all that was sent before has been worked on."""
    count = len(line.seen)
    await line.send({"type": "conversation.watch", "id": str(uuid.uuid4()), "after": 0})
    await line.until("error")
    return [frame["type"] for frame in line.seen[count:-1]]


async def test_from_the_moment_a_right_is_taken_away_nothing_is_told(live, alice):
    """Neither messages, nor answers, nor what happens to the queue. Red when `_check` does not look at what is watched,
    when `waiting` is not limited, when `_watch` does not ask `of_staff`, or when the queue is told of what did not change."""
    customer = live.customer()
    customer.http.post(f"/api/v1/conversations/{customer.conversation}/handoff", json={})
    there = {"conversation_id": customer.conversation}
    async with console(live, alice) as line:
        await line.send({"type": "queue.subscribe"})
        shown = (await line.until("queue.updated"))["conversations"]
        assert customer.conversation in [row["id"] for row in shown]
        await line.send({"type": "conversation.watch", "id": customer.conversation, "after": 0})
        customer.send("Is anybody there?")
        await line.until("message.created", **there)
        limit(live)
        # Both within five seconds: the socket asks every three.
        lost = await line.until("error", 5)
        assert (lost["code"], lost["conversation_id"]) == ("not_found", customer.conversation)
        if line.seen[-2].get("conversations") != []:
            await line.until("queue.updated", 5, conversations=[])
        await settled(line)
        customer.send("Please!")
        with live.http() as other:
            other.headers["Authorization"] = f"Api-Key {live.demo['api_key']}"
            other.post(f"/api/v1/conversations/{customer.conversation}/release")
        customer.send("What are your opening hours?", wait=30)
        assert await settled(line) == []
        await line.send({"type": "conversation.watch", "id": customer.conversation, "after": 0})
        assert (await line.receive())["code"] == "not_found"


async def test_a_session_that_is_ended_elsewhere_ends_its_live_console(live, alice):
    """Red when `end` does not delete the session."""
    with signed_in(live) as elsewhere:
        async with console(live, elsewhere) as line:
            await line.send({"type": "queue.subscribe"})
            await line.until("queue.updated")
            token = {"csrfmiddlewaretoken": alice.cookies["csrftoken"]}
            assert alice.post("/admin/auth/user/sessions/", data={"end": "others"} | token).status_code == 302
            assert await line.closed(6) == 4500
