"""Whatever a client sends, it gets the contract's error or close code; the socket and the process live on."""

import asyncio
import json
import uuid

import pytest
import websockets
from websockets.typing import Origin

ID = str(uuid.uuid4())
BAD_FRAMES = {
    "not json": ("{", "invalid_json"),
    "not a number": ('{"type": "heartbeat", "seq": NaN}', "invalid_json"),
    "nested too deep": ("[" * 20_000, "invalid_json"),
    "not an object": ("[1]", "invalid_frame"),
    "no type": ("{}", "invalid_frame"),
    "type is no string": ('{"type": 7}', "invalid_frame"),
    "unknown type": ('{"type": "nope"}', "unknown_type"),
    "a staff frame": ('{"type": "queue.subscribe"}', "unknown_type"),
    "send without client_id": ('{"type": "message.send", "text": "hi"}', "invalid_frame"),
    "send with a bad client_id": ('{"type": "message.send", "client_id": "x", "text": "hi"}', "invalid_frame"),
    "send without text": (f'{{"type": "message.send", "client_id": "{ID}"}}', "invalid_text"),
    "send with a number": (f'{{"type": "message.send", "client_id": "{ID}", "text": 5}}', "invalid_text"),
    "send with nothing": (f'{{"type": "message.send", "client_id": "{ID}", "text": ""}}', "invalid_text"),
    "send with blanks": (f'{{"type": "message.send", "client_id": "{ID}", "text": " \\n"}}', "invalid_text"),
    "send with NUL": (f'{{"type": "message.send", "client_id": "{ID}", "text": "a\\u0000"}}', "invalid_text"),
    "send with a surrogate": (f'{{"type": "message.send", "client_id": "{ID}", "text": "a\\ud800"}}', "invalid_text"),
    "send too long": (json.dumps({"type": "message.send", "client_id": ID, "text": "x" * 8001}), "invalid_text"),
    "rate without rating": (f'{{"type": "message.rate", "message_id": "{ID}"}}', "invalid_frame"),
    "rate sideways": (f'{{"type": "message.rate", "message_id": "{ID}", "rating": "left"}}', "invalid_frame"),
    "rate with NUL": (
        json.dumps({"type": "message.rate", "message_id": ID, "rating": "up", "comment": "\0"}),
        "invalid_frame",
    ),
    "rate with a long comment": (
        json.dumps({"type": "message.rate", "message_id": ID, "rating": "up", "comment": "x" * 2001}),
        "invalid_frame",
    ),
    "rate what is not there": (f'{{"type": "message.rate", "message_id": "{ID}", "rating": "up"}}', "not_found"),
    "read below zero": ('{"type": "message.read", "seq": -1}', "invalid_frame"),
    "read beyond integers": ('{"type": "message.read", "seq": 99999999999999999999}', "invalid_frame"),
    "read a fraction": ('{"type": "message.read", "seq": 1.5}', "invalid_frame"),
    "read true": ('{"type": "message.read", "seq": true}', "invalid_frame"),
    "typing without active": ('{"type": "typing"}', "invalid_frame"),
    "typing a word": ('{"type": "typing", "active": "yes"}', "invalid_frame"),
    "handoff with a number": ('{"type": "handoff.request", "reason": 1}', "invalid_frame"),
    "handoff with a long reason": (json.dumps({"type": "handoff.request", "reason": "x" * 2001}), "invalid_frame"),
    "stop without run": ('{"type": "answer.stop"}', "invalid_frame"),
    "stop what is not there": (f'{{"type": "answer.stop", "run": "{ID}"}}', "not_found"),
    "close what was never begun": ('{"type": "conversation.close"}', "not_found"),
    "confirm what is not there": (f'{{"type": "action.confirm", "action": "{ID}"}}', "not_found"),
    "decline without action": ('{"type": "action.decline"}', "invalid_frame"),
    "heartbeat without seq": ('{"type": "heartbeat"}', "invalid_frame"),
    "heartbeat with a word": ('{"type": "heartbeat", "seq": "1"}', "invalid_frame"),
    "resume without token": ('{"type": "session.resume"}', "invalid_frame"),
}


async def test_every_bad_frame_has_its_error_and_the_socket_lives(live):
    async with live.customer().socket() as line:
        for name, (text, code) in BAD_FRAMES.items():
            await line.raw.send(text)
            error = await line.until("error")
            assert error["code"] == code, name
            assert error["detail"], name
            assert len(error["request_id"]) == 32, name
            if f'"client_id": "{ID}"' in text:
                assert error["client_id"] == ID, name
        await line.raw.send(b'{"type": "heartbeat", "seq": 0}')
        assert (await line.until("error"))["code"] == "invalid_frame"
        await line.send({"type": "heartbeat", "seq": 0})
        assert await line.until("heartbeat") == {"type": "heartbeat", "seq": 0}
        await line.ask("x" * 8000)
        assert (await line.until("message.ack"))["seq"] == 1


async def test_code_points_are_counted_not_bytes(live):
    async with live.customer().socket() as line:
        await line.ask("😀" * 8000)
        assert (await line.until("message.ack"))["seq"] == 1
        await line.ask("😀" * 8001)
        assert (await line.until("error"))["code"] == "invalid_text"


async def test_foreign_ids_are_not_found(live):
    mine, theirs = live.customer(), live.customer()
    theirs.send("Where is my order?", wait=20)
    answer = next(message for message in theirs.messages() if message["role"] == "assistant")
    async with mine.socket() as line:
        await line.ask("Hello")
        await line.message(role="assistant")
        await line.send({"type": "message.rate", "message_id": answer["id"], "rating": "down"})
        assert (await line.until("error"))["code"] == "not_found"
        await line.send({"type": "answer.stop", "run": answer["run"]})
        assert (await line.until("error"))["code"] == "not_found"
    assert theirs.messages()[-1]["rating"] is None


@pytest.mark.parametrize(
    "first",
    ["", "{", "[]", '{"type": "heartbeat", "seq": 0}', '{"type": "session.resume"}', b"\x00\x01"],
)
async def test_a_bad_first_frame_closes_4501(live, first):
    async with websockets.connect(f"ws://127.0.0.1:{live.webs[0].port}/ws") as raw:
        await raw.send(first)
        with pytest.raises(websockets.ConnectionClosed) as closed:
            await asyncio.wait_for(raw.recv(), 10)
    assert closed.value.rcvd.code == 4501


async def test_no_first_frame_closes_4501_after_five_seconds(live):
    async with websockets.connect(f"ws://127.0.0.1:{live.webs[0].port}/ws") as raw:
        with pytest.raises(websockets.ConnectionClosed) as closed:
            await asyncio.wait_for(raw.recv(), 8)
    assert closed.value.rcvd.code == 4501


@pytest.mark.parametrize("token", ["x", "a.b.c", "eyJhbGciOiJub25lIn0.e30."])
async def test_a_bad_token_closes_4500(live, token):
    async with websockets.connect(f"ws://127.0.0.1:{live.webs[0].port}/ws") as raw:
        await raw.send(json.dumps({"type": "session.resume", "token": token}))
        with pytest.raises(websockets.ConnectionClosed) as closed:
            await asyncio.wait_for(raw.recv(), 10)
    assert closed.value.rcvd.code == 4500


async def test_a_frame_over_64_kib_closes_1009(live):
    async with live.customer().socket() as line:
        await line.raw.send("x" * 65_537)
        assert await line.closed() == 1009


async def test_a_frame_of_64_kib_is_read(live):
    async with live.customer().socket() as line:
        frame = json.dumps({"type": "heartbeat", "seq": 0, "padding": ""})
        await line.raw.send(frame[:-2] + "x" * (65_536 - len(frame)) + frame[-2:])
        assert (await line.until("heartbeat"))["seq"] == 0


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost.evil.example"])
async def test_a_strange_origin_closes_4502(live, origin):
    async with websockets.connect(f"ws://127.0.0.1:{live.webs[0].port}/ws", origin=Origin(origin)) as raw:
        with pytest.raises(websockets.ConnectionClosed) as closed:
            await asyncio.wait_for(raw.recv(), 10)
    assert closed.value.rcvd.code == 4502


async def test_our_own_origin_and_no_origin_are_let_in(live):
    customer = live.customer()
    async with customer.socket() as line:
        assert line.ready["type"] == "session.ready"
    port = live.webs[0].port
    async with websockets.connect(f"ws://127.0.0.1:{port}/ws", origin=Origin(f"http://127.0.0.1:{port}")) as raw:
        await raw.send(json.dumps({"type": "session.resume", "token": customer.session["token"]}))
        assert json.loads(await raw.recv())["type"] == "session.ready"


async def test_a_flood_of_frames_closes_4003(live):
    async with live.customer().socket() as line:
        for _ in range(1200):
            await line.send({"type": "typing", "active": True})
        assert await line.closed() == 4003
