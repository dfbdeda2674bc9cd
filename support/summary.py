"""What a human agent has to know before they answer: written with the hand-off, from what is in the rows."""

import re
from uuid import UUID

from support.models import Action, Message

MAX_CHARACTERS = 2_000
_QUOTED = 240
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
# "order 10023", "invoice no. R-77", "ticket #5": a word for a thing, and its number.
_NUMBERED = re.compile(
    r"\b(order|invoice|ticket|case|booking|reservation|customer|account|contract|serial|tracking)\b"
    r"[\s:]*(?:number|no\.?|nr\.?|id|#)?[\s:#]*((?=[\w-]*\d)[\w-]{2,40})",
    re.IGNORECASE,
)


def of(conversation_id: UUID, note: str) -> str:
    """What was asked, given, found and tried, one to a line; `note` comes first."""
    rows = list(Message.objects.filter(conversation=conversation_id).order_by("seq").only("role", "text", "citations"))
    asked = [row.text for row in rows if row.role == Message.Role.CUSTOMER]
    found = {citation["title"]: None for row in rows for citation in row.citations}
    tried = Action.objects.filter(conversation=conversation_id).values_list("title", "state")
    lines = [
        note,
        f"Asked first: {_quote(asked[0])}" if asked else "",
        f"Asked last: {_quote(asked[-1])}" if len(asked) > 1 else "",
        _line("Gave", _given("\n".join(asked))),
        _line("Was shown", list(found)),
        _line("Tried", [f"{title} ({state})" for title, state in tried]),
    ]
    return "\n".join(line for line in lines if line)[:MAX_CHARACTERS]


def _quote(text: str) -> str:
    flat = " ".join(text.split())
    return f"“{flat}”" if len(flat) <= _QUOTED else f"“{flat[:_QUOTED].rstrip()} …”"


def _line(label: str, parts: list[str]) -> str:
    return f"{label}: {', '.join(parts)}" if parts else ""


def _given(text: str) -> list[str]:
    """Addresses and numbers that the customer wrote, each once."""
    numbers = [f"{thing.lower()} {number}" for thing, number in _NUMBERED.findall(text)]
    return list(dict.fromkeys([*_MAIL.findall(text), *numbers]))[:10]
