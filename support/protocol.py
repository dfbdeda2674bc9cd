"""The frames that clients may send, typed. What the server sends is made in feed.py and shapes.py."""

import json
import uuid
from itertools import chain
from typing import Annotated, Any, Literal, TypeVar, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from config.common.errors import Invalid
from config.common.text import storable

# Sequence numbers are PostgreSQL integers.
MAX_SEQ = 2**31 - 1
# A proof, as people type it: blanks and all.
MAX_MAILBOX, MAX_CODE = 320, 32


class InvalidJson(Invalid):
    """A frame that is not JSON."""

    code, default_detail = "invalid_json", "The frame is not valid JSON."


class UnknownType(Invalid):
    """A frame of a type that does not exist here."""

    code = "unknown_type"


def _storable(text: str) -> str:
    if not storable(text):
        raise ValueError("must not contain NUL or unpaired surrogates")
    return text


Seq = Annotated[int, Field(ge=0, le=MAX_SEQ, strict=True)]
Id = Annotated[uuid.UUID, Field(strict=False)]
Word = Annotated[str, Field(max_length=64), AfterValidator(_storable)]
Comment = Annotated[str, Field(max_length=2000), AfterValidator(_storable)]
Mailbox = Annotated[str, Field(max_length=MAX_MAILBOX), AfterValidator(_storable)]
Code = Annotated[str, Field(max_length=MAX_CODE), AfterValidator(_storable)]
Rating = Literal["up", "down"]


class Frame(BaseModel):
    """A frame from a client. Unknown members are ignored, so that newer clients can talk to older servers."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class SessionResume(Frame):
    """Prove the session; `after` is the last seq the client has."""

    type: Literal["session.resume"]
    token: Annotated[str, Field(min_length=1, max_length=4096), AfterValidator(_storable)]
    after: Seq = 0


class MessageSend(Frame):
    """A message. `text` is checked by its own rules, which have their own error code."""

    type: Literal["message.send"]
    client_id: Id
    text: Any = None


class MessageRate(Frame):
    """Thumbs up or down for an answer."""

    type: Literal["message.rate"]
    message_id: Id
    rating: Rating
    reason: Word = ""
    comment: Comment = ""


class MessageRead(Frame):
    """The customer has seen the messages up to `seq`."""

    type: Literal["message.read"]
    seq: Seq


class Typing(Frame):
    """The customer types, or has stopped."""

    type: Literal["typing"]
    active: Annotated[bool, Field(strict=True)]


class HandoffRequest(Frame):
    """The customer asks for a person."""

    type: Literal["handoff.request"]
    reason: Comment = ""


class AnswerStop(Frame):
    """The customer does not want to hear the rest of an answer."""

    type: Literal["answer.stop"]
    run: Id


class ConversationClose(Frame):
    """The customer is done."""

    type: Literal["conversation.close"]


class ActionDecision(Frame):
    """The customer's word on a tool call that waits for it; `email` and `code` are for one that waits for a proof."""

    type: Literal["action.confirm", "action.decline"]
    action: Id
    email: Mailbox = ""
    code: Code = ""


class Heartbeat(Frame):
    """The client is alive and stands at `seq`."""

    type: Literal["heartbeat"]
    seq: Seq


class QueueSubscribe(Frame):
    """Staff: follow the queue."""

    type: Literal["queue.subscribe"]


class ConversationWatch(Frame):
    """Staff: follow a conversation from `after` on."""

    type: Literal["conversation.watch"]
    id: Id
    after: Seq = 0


class ConversationUnwatch(Frame):
    """Staff: stop following a conversation."""

    type: Literal["conversation.unwatch"]
    id: Id


class StaffTyping(Frame):
    """Staff: the human agent types in a watched conversation, or has stopped."""

    type: Literal["typing"]
    id: Id
    active: Annotated[bool, Field(strict=True)]


CustomerFrame = (
    SessionResume
    | MessageSend
    | MessageRate
    | MessageRead
    | Typing
    | HandoffRequest
    | AnswerStop
    | ConversationClose
    | ActionDecision
    | Heartbeat
)
StaffFrame = QueueSubscribe | ConversationWatch | ConversationUnwatch | StaffTyping

F = TypeVar("F", CustomerFrame, StaffFrame)


class Language:
    """The frames of one kind of socket."""

    def __init__(self, frames: Any) -> None:
        named = (get_args(frame.model_fields["type"].annotation) for frame in get_args(frames))
        self.types: frozenset[str] = frozenset(chain.from_iterable(named))
        self._adapter: TypeAdapter[Any] = TypeAdapter(Annotated[frames, Field(discriminator="type")])

    def parse(self, record: dict[str, Any]) -> Any:
        """The typed frame of a decoded one; UnknownType or Invalid (with the fields) otherwise."""
        try:
            return self._adapter.validate_python(record)
        except ValidationError as error:
            problems = error.errors(include_url=False, include_input=False, include_context=False)
        if problems[0]["type"] == "union_tag_invalid":
            raise UnknownType(f"There is no frame type {str(record['type'])[:64]!r} here.")
        # The first part of each location is the frame's own type.
        fields = [{"field": ".".join(map(str, p["loc"][1:])) or "type", "message": p["msg"]} for p in problems]
        raise Invalid("; ".join(f"{f['field']}: {f['message']}" for f in fields[:5]), fields)


CUSTOMER = Language(CustomerFrame)
STAFF = Language(StaffFrame)


def decode(text: str | None) -> dict[str, Any]:
    """A frame's JSON object; InvalidJson or Invalid for anything else."""
    if text is None:
        raise Invalid("Frames are text, not bytes.")
    try:
        record = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise InvalidJson() from error
    if not isinstance(record, dict):
        raise Invalid("A frame is a JSON object.")
    if not isinstance(record.get("type"), str):
        raise Invalid("A frame has a `type`, which is a string.", [{"field": "type", "message": "must be a string"}])
    return record


def _refuse(name: str) -> None:
    raise ValueError(name)


def client_id_of(record: dict[str, Any]) -> str | None:
    """The `client_id` of a frame, for the error that answers it; None when it has none worth repeating."""
    value = record.get("client_id")
    return value if isinstance(value, str) and len(value) <= 64 and storable(value) else None
