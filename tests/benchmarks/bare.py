"""The least an honest server does for a turn: Starlette, psycopg, httpx, and nothing around them.

Two committed rows, one embedding, one vector search, one relayed stream, the product's frames. No sessions, no limits,
no recovery, no second process: what it costs is what nobody can save.
"""

import asyncio
import contextlib
import json
import os
import uuid
from collections.abc import AsyncIterator
from typing import Any

import httpx2
from psycopg_pool import AsyncConnectionPool
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from knowledge import embeddings
from tests.benchmarks import embedding, wire

embedding.choose()

_TABLE = """
CREATE TABLE IF NOT EXISTS bare_message (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(), conversation uuid NOT NULL, seq int NOT NULL, role text NOT NULL,
    text text NOT NULL, client_id uuid, created_at timestamptz NOT NULL DEFAULT now(), UNIQUE (conversation, seq))
"""
_INSERT = """
INSERT INTO bare_message (conversation, seq, role, text, client_id)
SELECT %(conversation)s, coalesce(max(seq), 0) + 1, %(role)s, %(text)s, %(client_id)s
FROM bare_message WHERE conversation = %(conversation)s RETURNING id, seq
"""
_SEARCH = "SELECT text FROM knowledge_chunk WHERE embedding IS NOT NULL ORDER BY embedding <#> %s::vector LIMIT 8"

pool = AsyncConnectionPool(os.environ["DATABASE_URL"], min_size=2, max_size=8, open=False, kwargs={"autocommit": True})
model = httpx2.AsyncClient(base_url=os.environ["OPENAI_BASE_URL"], timeout=60)


class Conversation:
    """One socket's conversation."""

    def __init__(self, socket: WebSocket, conversation: str) -> None:
        self.socket, self.id = socket, conversation
        self.silent = False

    async def send(self, frame: dict[str, Any]) -> None:
        await self.socket.send_text(wire.text(frame))

    async def insert(self, role: str, text: str, client_id: str | None = None) -> dict[str, Any]:
        """A committed row, as a message."""
        row = {"conversation": self.id, "role": role, "text": text, "client_id": client_id}
        async with pool.connection() as connection:
            cursor = await connection.execute(_INSERT, row)
            message_id, seq = await cursor.fetchone()  # type: ignore[misc]
        return wire.message(message_id, seq, role, text, client_id=client_id)

    async def receive(self, client_id: str, text: str) -> int:
        """The customer's message: committed, then acknowledged."""
        row = await self.insert("customer", text, client_id)
        await self.send(wire.ack(client_id, row["id"], row["seq"]))
        await self.send(wire.created(row))
        return row["seq"]

    async def answer(self, question: str, seq: int) -> None:
        """Embed, search, relay the stream, commit."""
        run = uuid.uuid4()
        await self.send(wire.started(run, seq))
        vector = str(await embedding.embed(question))
        async with pool.connection() as connection:
            found = await (await connection.execute(_SEARCH, [vector])).fetchall()
        text = ""
        async for piece in _stream(wire.prompt(question, [row[0] for row in found])):
            await self.send(wire.delta(run, len(text), piece))
            text += piece
        row = await self.insert("assistant", text)
        await self.send(wire.created(row | {"run": str(run)}))


async def _stream(messages: list[dict[str, str]]) -> AsyncIterator[str]:
    request = {"model": "scripted", "messages": messages, "stream": True}
    async with model.stream("POST", "/chat/completions", json=request) as response:
        async for line in response.aiter_lines():
            if not line.startswith("data:") or line == "data: [DONE]":
                continue
            choices = json.loads(line[5:])["choices"]
            if choices and (piece := choices[0]["delta"].get("content")):
                yield piece


async def serve(socket: WebSocket) -> None:
    await socket.accept()
    resume = json.loads(await socket.receive_text())
    conversation = Conversation(socket, resume["token"])
    await conversation.send(wire.ready(conversation.id))
    answers: set[asyncio.Task[None]] = set()
    with contextlib.suppress(WebSocketDisconnect):
        while True:
            frame = json.loads(await socket.receive_text())
            match frame["type"]:
                case "message.send":
                    seq = await conversation.receive(frame["client_id"], frame["text"])
                    if not conversation.silent:
                        task = asyncio.create_task(conversation.answer(frame["text"], seq))
                        answers.add(task)
                        task.add_done_callback(answers.discard)
                case "handoff.request":
                    conversation.silent = True
                    await conversation.send(wire.created(await conversation.insert("system", "In the queue.")))
                case "heartbeat":
                    await conversation.send({"type": "heartbeat", "seq": frame["seq"]})


async def start_session(request: Request) -> JSONResponse:
    name = str(uuid.uuid4())
    return JSONResponse({"id": name, "token": name, "conversation_id": name}, status_code=201)


async def ready(request: Request) -> JSONResponse:
    is_ready = embeddings.backend().ready
    return JSONResponse({"ready": is_ready}, status_code=200 if is_ready else 503)


@contextlib.asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    embeddings.backend()
    await pool.open()
    async with pool.connection() as connection:
        await connection.execute(_TABLE)
    yield
    await pool.close()


application = Starlette(
    routes=[
        Route("/api/v1/sessions", start_session, methods=["POST"]),
        Route("/readyz", ready),
        WebSocketRoute("/ws", serve),
    ],
    lifespan=lifespan,
)
