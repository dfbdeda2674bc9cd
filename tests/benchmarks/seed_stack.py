"""The usual stack for the same job: FastAPI, SQLAlchemy, ChromaDB, a locked and encrypted Redis session, the openai SDK."""

import asyncio
import contextlib
import json
import os
import uuid
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import chromadb
import openai
import redis.asyncio as redis
from cryptography.fernet import Fernet
from fastapi import FastAPI, Response, WebSocket, WebSocketDisconnect
from sqlalchemy import ForeignKey, UniqueConstraint, func, select, text
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from knowledge import embeddings
from tests.benchmarks import embedding, wire

embedding.choose()

engine = create_async_engine(
    os.environ["DATABASE_URL"].replace("postgresql://", "postgresql+psycopg://"), pool_size=8, max_overflow=0
)
database = async_sessionmaker(engine, expire_on_commit=False)
sessions = redis.from_url(os.environ["REDIS_URL"])
box = Fernet(Fernet.generate_key())
model = openai.AsyncOpenAI(api_key="test", base_url=os.environ["OPENAI_BASE_URL"])
chroma = chromadb.EphemeralClient(chromadb.Settings(anonymized_telemetry=False))
articles = chroma.create_collection("articles", metadata={"hnsw:space": "ip"})


class Base(DeclarativeBase):
    pass


class Conversation(Base):
    __tablename__ = "seed_conversation"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Message(Base):
    __tablename__ = "seed_message"
    __table_args__ = (UniqueConstraint("conversation_id", "seq"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    conversation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("seed_conversation.id"))
    seq: Mapped[int]
    role: Mapped[str]
    text: Mapped[str]
    client_id: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    def shape(self) -> dict[str, Any]:
        return wire.message(self.id, self.seq, self.role, self.text, created_at=self.created_at.isoformat())


@contextlib.asynccontextmanager
async def session_of(token: str) -> AsyncIterator[dict[str, Any]]:
    """The customer's session, locked; written back when the block ends."""
    async with sessions.lock(f"seed:lock:{token}", timeout=10):
        stored = await sessions.get(f"seed:session:{token}")
        session: dict[str, Any] = json.loads(box.decrypt(stored)) if stored else {"id": token, "history": []}
        yield session
        await sessions.set(f"seed:session:{token}", box.encrypt(json.dumps(session).encode()), ex=3600)


async def add(conversation: str, role: str, words: str, client_id: str | None = None) -> Message:
    """A committed row."""
    async with database() as transaction:
        key = uuid.UUID(conversation)
        if await transaction.get(Conversation, key) is None:
            transaction.add(Conversation(id=key))
            await transaction.flush()
        last = await transaction.scalar(select(func.max(Message.seq)).where(Message.conversation_id == key))
        row = Message(conversation_id=key, seq=(last or 0) + 1, role=role, text=words, client_id=client_id)
        transaction.add(row)
        await transaction.commit()
        return row


async def answer(socket: WebSocket, token: str, question: Message) -> None:
    run = uuid.uuid4()
    await socket.send_json(wire.started(run, question.seq))
    vector = await embedding.embed(question.text)
    found = await asyncio.to_thread(articles.query, query_embeddings=[vector], n_results=8)
    words = ""
    messages: Any = wire.prompt(question.text, (found["documents"] or [[]])[0])
    async for chunk in await model.chat.completions.create(model="scripted", messages=messages, stream=True):
        if chunk.choices and (piece := chunk.choices[0].delta.content):
            await socket.send_json(wire.delta(run, len(words), piece))
            words += piece
    row = await add(token, "assistant", words)
    async with session_of(token) as session:
        session["history"] = [*session["history"], question.text, words][-20:]
    await socket.send_json(wire.created(row.shape() | {"run": str(run)}))


@contextlib.asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    embeddings.backend()
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
        query = "SELECT id::text, text, embedding::text FROM knowledge_chunk WHERE embedding IS NOT NULL"
        rows = (await connection.execute(text(query))).all()
    vectors: Any = [json.loads(row[2]) for row in rows]
    articles.add(ids=[row[0] for row in rows], documents=[row[1] for row in rows], embeddings=vectors)
    yield
    await engine.dispose()


application = FastAPI(lifespan=lifespan)


@application.post("/api/v1/sessions", status_code=201)
async def start_session() -> dict[str, str]:
    name = str(uuid.uuid4())
    return {"id": name, "token": name, "conversation_id": name}


@application.get("/readyz")
async def ready(response: Response) -> dict[str, bool]:
    is_ready = embeddings.backend().ready
    response.status_code = 200 if is_ready else 503
    return {"ready": is_ready}


@application.websocket("/ws")
async def serve(socket: WebSocket) -> None:
    await socket.accept()
    token = (await socket.receive_json())["token"]
    await socket.send_json(wire.ready(token))
    silent = False
    answers: set[asyncio.Task[None]] = set()
    with contextlib.suppress(WebSocketDisconnect):
        while True:
            frame = await socket.receive_json()
            if frame["type"] == "message.send":
                async with session_of(token) as session:
                    session["asked"] = session.get("asked", 0) + 1
                    row = await add(token, "customer", frame["text"], frame["client_id"])
                await socket.send_json(wire.ack(frame["client_id"], row.id, row.seq))
                await socket.send_json(wire.created(row.shape()))
                if not silent:
                    task = asyncio.create_task(answer(socket, token, row))
                    answers.add(task)
                    task.add_done_callback(answers.discard)
            elif frame["type"] == "handoff.request":
                silent = True
                await socket.send_json(wire.created((await add(token, "system", "In the queue.")).shape()))
            elif frame["type"] == "heartbeat":
                await socket.send_json({"type": "heartbeat", "seq": frame["seq"]})
