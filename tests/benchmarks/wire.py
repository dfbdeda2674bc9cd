"""The frames and the prompt that the servers we compare ourselves with have in common; see docs/protocol.md."""

import json
import uuid
from typing import Any

SYSTEM = "You are the support assistant. Answer from the passages you are given, cite them as [n], and be brief."


def text(frame: dict[str, Any]) -> str:
    """A frame as it goes over the wire."""
    return json.dumps(frame, ensure_ascii=False, separators=(",", ":"))


def ready(conversation: str) -> dict[str, Any]:
    return {"type": "session.ready", "conversation": {"id": conversation}, "last_seq": 0, "reset": False}


def ack(client_id: str, message_id: Any, seq: int) -> dict[str, Any]:
    return {"type": "message.ack", "client_id": client_id, "id": str(message_id), "seq": seq}


def created(row: dict[str, Any]) -> dict[str, Any]:
    return {"type": "message.created", "message": row}


def started(run: uuid.UUID, seq: int) -> dict[str, Any]:
    return {"type": "answer.started", "run": str(run), "in_reply_to": seq}


def delta(run: uuid.UUID, offset: int, piece: str) -> dict[str, Any]:
    return {"type": "answer.delta", "run": str(run), "offset": offset, "text": piece}


def message(message_id: Any, seq: int, role: str, words: str, **fields: Any) -> dict[str, Any]:
    return {"id": str(message_id), "seq": seq, "role": role, "text": words, **fields}


def prompt(question: str, passages: list[str]) -> list[dict[str, str]]:
    """What the model is asked."""
    block = "\n\n".join(f'<passage number="{n}">\n{passage}\n</passage>' for n, passage in enumerate(passages, 1))
    return [
        {"role": "system", "content": SYSTEM},
        {"role": "user", "content": f"{block}\n\nThe customer writes:\n{question}"},
    ]
