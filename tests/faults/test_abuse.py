"""Clients that read nothing, send too much, send garbage, or only connect: they are closed, the others notice nothing."""

import asyncio
import json
import socket
import time

import pytest

from tests.faults.sizes import sized
from tests.senders import with_a_person

MIB = 1024 * 1024


async def p99(line, beats: int) -> float:
    """The 99th percentile of `beats` heartbeats, in seconds."""
    took = []
    for _ in range(beats):
        started = time.monotonic()
        await line.send({"type": "heartbeat", "seq": 0})
        await line.until("heartbeat")
        took.append(time.monotonic() - started)
    return sorted(took)[int(len(took) * 0.99)]


def raw_frame(opcode: int, payload: bytes) -> bytes:
    """A masked WebSocket frame, with a mask of zeros."""
    length = len(payload)
    head = bytes([0x80 | opcode])
    if length < 126:
        head += bytes([0x80 | length])
    elif length < 65536:
        head += bytes([0x80 | 126]) + length.to_bytes(2, "big")
    else:
        head += bytes([0x80 | 127]) + length.to_bytes(8, "big")
    return head + bytes(4) + payload


@pytest.mark.parametrize(
    ("opcode", "payload", "code"), [(1, b"\xff\xfe{}", 1007), (1, b"x" * 10 * MIB, 1009), (2, b"x" * 10 * MIB, 1009)]
)
async def test_frames_that_are_none(live, opcode, payload, code):
    """Invalid UTF-8, and 10 MB. Red when the server runs without --ws-max-size."""
    web = live.webs[0]
    async with live.customer().socket() as neighbour:
        before = web.resident()
        async with live.customer().socket() as line:
            line.raw.transport.write(raw_frame(opcode, payload))
            assert await line.closed() == code
        assert web.resident() - before < 64 * MIB
        assert await p99(neighbour, 20) < 1


@sized(quick=200, full=2000)
async def test_silent_connections(live, size):
    """Red when each costs more than a file and a few kilobytes."""
    web = live.webs[0]
    async with live.customer().socket() as neighbour:
        alone, before = await p99(neighbour, 300), web.resident()
        silent = [socket.create_connection(("127.0.0.1", web.port)) for _ in range(size)]
        try:
            crowded = await p99(neighbour, 300)
            assert web.resident() - before < 64 * MIB
        finally:
            for connection in silent:
                connection.close()
        print(f"\np99 alone {alone * 1000:.1f} ms, beside {size} silent connections {crowded * 1000:.1f} ms")
        # A fifth, and what the scheduler of a busy machine adds.
        assert crowded < alone * 1.2 + 0.02


@sized(quick=1, full=20)
async def test_a_flood_from_one_socket(live, size):
    """1,000 frames at once. Red when the reader does not count them."""
    async with live.customer().socket() as neighbour:
        for _ in range(size):
            async with live.customer().socket() as line:
                for _ in range(1000):
                    await line.send({"type": "typing", "active": True})
                assert await line.closed() == 4003
        assert await p99(neighbour, 50) < 1


@sized(quick=400, full=5000)
async def test_a_slow_reader_costs_no_memory(live, size):
    """It reads nothing while another tab writes: it gets everything later, or is closed as too slow; nothing queues up.

    Red when a feed queues the messages for its follower instead of reading them by seq.
    """
    customer = await with_a_person(live)
    web = live.webs[0]
    text = "x" * 4000
    async with customer.socket(after=1) as writer:
        slow, connection = await asyncio.open_connection("127.0.0.1", web.port, limit=1024)
        connection.write(
            b"GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        resume = {"type": "session.resume", "token": customer.session["token"], "after": 1}
        connection.write(raw_frame(1, json.dumps(resume).encode().ljust(200)))
        await slow.readuntil(b"\r\n\r\n")
        before = web.resident()
        for _ in range(size):
            await writer.until("message.ack", 60, client_id=await writer.ask(text))
        assert web.resident() - before < 64 * MIB
        connection.transport.abort()
