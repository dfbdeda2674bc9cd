"""What deployments put before the web processes: frames and events pass at once, addresses are told by whom we trust, and a
process that dies costs nobody anything."""

import asyncio
import json
import threading
import uuid

import pytest

from tests.fakes.model import Say
from tests.front import ADDRESS, Front, nginx_before
from tests.senders import Sender, losses, with_a_person


@pytest.fixture(scope="module")
def front(live, tmp_path_factory):
    """nginx before one process."""
    with nginx_before([live.webs[0].port], tmp_path_factory.mktemp("nginx")) as running:
        yield running


async def test_a_question_and_its_answer_over_a_socket(live, front):
    """Red when server.conf leaves out the Upgrade header."""
    customer = await asyncio.to_thread(live.customer, front)
    async with customer.socket(web=front) as line:
        client_id = await line.ask("How do I start it?")
        assert (await line.until("message.ack", client_id=client_id))["seq"] == 1
        assert (await line.message(role="assistant"))["citations"]


def test_an_answer_is_seen_while_it_is_written(live, front):
    """Server-sent events. Red when they are held back: text/event-stream among gzip_types, with proxy_buffering on and no
    X-Accel-Buffering from the application."""
    marker, hold = uuid.uuid4().hex, threading.Event()
    live.model.script(marker, Say(pieces=("Held ", "back."), hold=hold))
    customer = live.customer(front)
    customer.send(marker)
    try:
        with customer.http.stream("GET", f"/api/v1/conversations/{customer.conversation}/events?after=1") as stream:
            for line in stream.iter_lines():
                if line.startswith("data:") and json.loads(line[5:])["type"] == "answer.delta":
                    assert not hold.is_set()
                    break
    finally:
        hold.set()


@pytest.mark.parametrize(
    ("peer", "said", "counted"),
    [
        ("127.0.0.9", None, "127.0.0.9"),
        ("127.0.0.9", "203.0.113.9", "127.0.0.9"),
        ("127.0.0.9", f"203.0.113.9, {ADDRESS}", "127.0.0.9"),
        (ADDRESS, "203.0.113.9", "203.0.113.9"),
        (ADDRESS, "198.51.100.1, 203.0.113.9", "203.0.113.9"),
    ],
    ids=["plain", "spoofed", "spoofed-with-a-proxy", "outer-proxy", "spoofed-to-the-outer-proxy"],
)
def test_whose_address_counts(live, front, peer, said, counted):
    """Red when nginx passes on what the client said alone."""
    assert counted_address(live, front, peer, said) == [counted]


def test_nobody_is_believed_unasked(live):
    """Not even this machine. Red when uvicorn is started without --no-proxy-headers."""
    assert counted_address(live, Front(live.webs[0].port), "127.0.0.1", "203.0.113.9") == ["127.0.0.1"]


def counted_address(live, front, peer, said):
    """Which of the tests' addresses a request from `peer` is counted for, by what it leaves in Redis."""
    redis = live.redis()
    addresses = ["127.0.0.1", "127.0.0.9", ADDRESS, "203.0.113.9", "198.51.100.1"]
    redis.delete(*(f"rl:http:{address}" for address in addresses))
    with front.client(peer, **({"X-Forwarded-For": said} if said else {})) as client:
        assert client.get("/api/v1/conversations").status_code == 401
    return [address for address in addresses if redis.exists(f"rl:http:{address}")]


@pytest.mark.parametrize(("peer", "secure"), [("127.0.0.9", False), (ADDRESS, True)], ids=["stranger", "proxy"])
def test_whose_word_on_https_counts(live, peer, secure):
    """Red when X-Forwarded-Proto is believed from anybody."""
    with Front(live.webs[0].port).client(peer, **{"X-Forwarded-Proto": "https"}) as client:
        page = client.get("/").text
    assert (f"https://127.0.0.1:{live.webs[0].port}" in page) is secure


def test_metrics_stay_inside(front):
    """Red when server.conf has no place for /metrics and health.metrics looks at the peer alone."""
    assert front.client("127.0.0.9").get("/metrics").status_code == 404


@pytest.mark.parametrize(
    ("size", "status"), [(4 * 1024 * 1024, 404), (4 * 1024 * 1024 + 1, 413)], ids=["fits", "too-big"]
)
def test_a_large_body_is_judged_by_the_application(front, size, status):
    """Red when client_max_body_size is no more than the application's own limit, or less."""
    body = json.dumps({"inbox": "nobody", "metadata": {"x": ""}})
    body = body.replace('""', '"' + "y" * (size - len(body)) + '"')
    headers = {"Content-Type": "application/json"}
    response = front.client("127.0.0.9").post("/api/v1/sessions", content=body, headers=headers)
    assert response.status_code == status
    assert response.headers["content-type"].startswith("application/problem+json")


def test_nobody_is_there(tmp_path, unused_tcp_port):
    """Clients are told what the application tells them when a part of it is away."""
    with nginx_before([unused_tcp_port], tmp_path) as front:
        response = front.client("127.0.0.9").get("/api/v1/conversations")
    assert (response.status_code, response.headers["Retry-After"]) == (503, "2")
    assert response.headers["content-type"].startswith("application/problem+json")
    assert response.json()["type"] == "urn:replywell:error:unavailable"


async def test_one_of_two_processes_is_killed(live, machine, tmp_path):
    """Nothing acked is lost, sockets go on at the other. Red when consumers._send acks before perform()."""
    dying = await asyncio.to_thread(lambda: machine.web)
    with nginx_before([live.webs[0].port, dying.port], tmp_path) as front:
        senders = [Sender(await with_a_person(live), [front], 40) for _ in range(10)]
        running = asyncio.gather(*(sender.run() for sender in senders))
        while sum(sender.left for sender in senders) > 200:
            await asyncio.sleep(0.02)
        dying.kill()
        await running
    assert [len(sender.acked) for sender in senders] == [40] * 10
    assert losses(live, senders) == {}
