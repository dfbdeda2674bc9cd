"""Every route, and every frame, with what is another customer's, and with credentials that are none."""

import re
import time
import uuid

import jwt
import pytest
import websockets
from websockets.typing import Origin

from config.common import crypto
from support.api.urls import urlpatterns
from tests.live import Customer

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
# What an id in a route may be of; every route that takes one is found below, also one that is added later.
ROUTES = sorted({str(pattern.pattern) for pattern in urlpatterns if "<" in str(pattern.pattern)})


@pytest.fixture(scope="module")
def mine(live):
    return live.customer()


@pytest.fixture(scope="module")
def theirs(live) -> dict[str, str]:
    """Ids of everything that another customer has."""
    other: Customer = live.customer()
    other.send("Where is my order?", wait=20)
    answer = other.messages()[-1]
    return {
        "conversation_id": other.conversation,
        "message_id": answer["id"],
        "session_id": other.session["id"],
        "run": answer["run"],
        "text": "Where is my order?",
    }


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("method", METHODS)
def test_a_route_with_another_customers_ids(live, mine, theirs, route, method):
    """Red when any look-up forgets whose it is (queries.of_customer, RatingView.post, SessionView._own)."""
    path = re.sub(r"<(?:\w+:)?(\w+)>", lambda match: theirs.get(match[1], str(uuid.uuid4())), route)
    body = {"client_id": str(uuid.uuid4()), "text": "hi", "rating": "up", "human_agent": "agent", "last_seen_seq": 9}
    before = live.rows("SELECT * FROM support_message WHERE conversation_id = %s", theirs["conversation_id"])
    answer = mine.http.request(method, f"/api/v1/{path}", json=None if method == "GET" else body)
    assert answer.status_code in {403, 404, 405}, (route, answer.text)
    assert theirs["text"] not in answer.text
    assert live.rows("SELECT * FROM support_message WHERE conversation_id = %s", theirs["conversation_id"]) == before


async def test_frames_with_another_customers_ids(live, mine, theirs):
    """Red when actions.rate or stop_answer looks for the id alone."""
    frames = [
        {"type": "message.rate", "message_id": theirs["message_id"], "rating": "down"},
        {"type": "answer.stop", "run": theirs["run"]},
        {"type": "action.confirm", "action": theirs["run"]},
        {"type": "action.decline", "action": theirs["run"]},
        {"type": "conversation.watch", "id": theirs["conversation_id"]},
        {"type": "queue.subscribe"},
    ]
    async with mine.socket() as line:
        for frame in frames:
            await line.send(frame)
            assert (await line.until("error"))["code"] in {"not_found", "unknown_type"}, frame
        assert theirs["text"] not in str(line.seen)


def forged(customer: Customer, key: bytes | str, algorithm: str, **changed) -> str:
    claims = jwt.decode(customer.session["token"], options={"verify_signature": False})
    return jwt.encode(claims | changed, key, algorithm)


def ended(live) -> str:
    customer = live.customer()
    customer.http.delete(f"/api/v1/sessions/{customer.session['id']}")
    return customer.session["token"]


def bad_tokens(live, mine: Customer, theirs: dict) -> dict[str, tuple[str, int]]:
    """Tokens that prove nothing, and the close code each gets."""
    key = crypto.derive_key("session-token")
    conversation = uuid.UUID(theirs["conversation_id"]).hex
    session = uuid.UUID(theirs["session_id"]).hex
    old = int(time.time()) - 3700
    return {
        "alg none": (forged(mine, "", "none"), 4500),
        "another key": (forged(mine, b"x" * 32, "HS256"), 4500),
        "another algorithm": (forged(mine, key, "HS512"), 4500),
        "another session": (forged(mine, b"y" * 32, "HS256", sid=session, cnv=conversation), 4500),
        "a session that never was": (forged(mine, key, "HS256", sid=uuid.uuid4().hex), 4500),
        "a generation to come": (forged(mine, key, "HS256", gen=9), 4500),
        "expired": (forged(mine, key, "HS256", iat=old, exp=old + 3600), 4001),
        "revoked": (ended(live), 4500),
        "half": (mine.session["token"][:-20], 4500),
    }


async def test_tokens_that_prove_nothing(live, mine, theirs):
    """Over HTTP and sockets. Red when tokens.read takes another algorithm, or authenticate asks for no revocation."""
    for name, (token, code) in bad_tokens(live, mine, theirs).items():
        answer = live.http(Authorization=f"Bearer {token}").get(f"/api/v1/conversations/{mine.conversation}")
        assert answer.status_code == 401, name
        assert mine.conversation not in answer.json()["detail"], name
        impostor = Customer(live, live.webs[0], mine.session | {"token": token})
        with pytest.raises(websockets.ConnectionClosed) as closed:
            async with impostor.socket():
                pass
        assert closed.value.rcvd.code == code, name
        assert theirs["text"] not in str(closed.value), name


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "null",
        "http://127.0.0.1.evil.example",
        "http://evil127.0.0.1",
        "http://127.0.0.1:{port}@evil.example",
        "http://user:secret@127.0.0.1:{port}",
        "https://127.0.0.1:{port}",
        "http://127.0.0.1:1",
        "file://",
    ],
)
async def test_origins_that_are_not_ours(live, origin):
    """Red when an origin is compared by its beginning or its end, or its user part is cut off."""
    port = live.webs[0].port
    async with websockets.connect(f"ws://127.0.0.1:{port}/ws", origin=Origin(origin.format(port=port))) as raw:
        with pytest.raises(websockets.ConnectionClosed) as closed:
            await raw.recv()
    assert closed.value.rcvd.code == 4502
    answer = live.http(Origin=origin.format(port=port)).get("/api/v1/conversations")
    assert "access-control-allow-origin" not in answer.headers


def test_refusals_are_logged(live):
    """By code and reason, never with the token."""
    log = live.webs[0].log.read_text()
    assert "eyJ" not in log
