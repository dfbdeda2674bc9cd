"""One web process has a wrong clock: order and expiries do not depend on it."""

import asyncio
import time

import jwt
import pytest

from tests.fakes.model import Say
from tests.senders import with_a_person

SKEWS = (-120, 120)


@pytest.fixture(params=SKEWS)
def skewed(machine, request):
    """The web process whose clock jumps by so many seconds."""
    if not machine.has_clock:
        pytest.skip("there is no C compiler here to make the clock wrong with")
    web = machine.web
    machine.set_clock(request.param)
    return web


async def test_the_order_is_that_of_the_commits(live, skewed):
    """Red when created_at is filled in by the process."""
    customer = await with_a_person(live)
    async with customer.socket(after=1) as right, customer.socket(web=skewed, after=1) as wrong:
        for number in range(10):
            line = (right, wrong)[number % 2]
            await line.until("message.ack", client_id=await line.ask(str(number)))
    messages = customer.messages()[1:]
    assert [message["text"] for message in messages] == [str(number) for number in range(10)]
    written = [message["created_at"] for message in messages]
    assert written == sorted(written)


def test_tokens_last_as_long_as_everywhere(live, skewed):
    """Red when open_session takes time.time()."""
    session = live.customer(skewed).session
    claims = jwt.decode(session["token"], options={"verify_signature": False})
    assert abs(claims["iat"] - time.time()) < 5
    elsewhere = live.http(live.webs[0], Authorization=f"Bearer {session['token']}")
    assert elsewhere.get(f"/api/v1/sessions/{session['id']}").status_code == 200


@pytest.mark.parametrize(("seconds", "status"), [(60, 201), (-15, 201), (-45, 401)])
def test_identities_are_judged_by_the_right_clock(live, skewed, seconds, status):
    """30 s of leeway. Red when identity.verify takes time.time(), or LEEWAY_SECONDS is left out."""
    payload = {"sub": "user-1", "exp": int(time.time()) + seconds}
    identity = jwt.encode(payload, live.demo["identity_secret"], "HS256")
    body = {"inbox": live.demo["inbox_key"], "identity": identity}
    assert live.http(skewed).post("/api/v1/sessions", json=body).status_code == status


async def test_a_run_is_not_taken_from_a_living_process(live, skewed):
    """Leases are judged by the database's clock. Red when expired_runs compares with the process's own."""
    live.model.script("slow-clock", Say(pieces=("Slowly ", "but ", "surely."), pause=1.5))
    customer = await asyncio.to_thread(live.customer)
    async with customer.socket() as line:
        await line.ask("slow-clock")
        answer = await line.message(role="assistant")
    assert answer["text"] == "Slowly but surely."
    assert "answer.cancelled" not in [frame["type"] for frame in line.seen]
