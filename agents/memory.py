"""What the agent remembers beyond the messages it reads: facts the customer gave, and what was said before.

All of it is data: it is shown, searched with and given to tools, but says nothing about who the customer is
(`agents.turn.Who`) and orders nothing. Its size is bounded here, whoever wrote it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from config.common.text import storable

SUMMARY_CHARACTERS = 2_000
VALUE_CHARACTERS = 120
# Earlier conversations that are remembered, and how much of each.
EARLIER_CONVERSATIONS = 3
EARLIER_CHARACTERS = 500

# The slots there are. Nothing in them tells who the customer is: an e-mail address is one they wrote, not theirs.
SLOTS = {
    "name": "Name",
    "email": "E-mail address",
    "phone": "Phone number",
    "company": "Company",
    "product": "Product",
    "order": "Order number",
    "invoice": "Invoice number",
    "ticket": "Ticket number",
    "booking": "Booking number",
    "customer_number": "Customer number",
    "contract": "Contract number",
    "tracking": "Tracking number",
    "serial": "Serial number",
}


@dataclass(frozen=True)
class Memory:
    """What is known when a turn begins.

    summary: what was said before the history begins. slots: facts by their names in SLOTS. earlier: what the
    customer's conversations before this one were about, the newest first; of identified customers only.
    """

    summary: str = ""
    slots: Mapping[str, str] = field(default_factory=dict)
    earlier: tuple[str, ...] = ()


@dataclass(frozen=True)
class MemoryUpdate:
    """Facts that the agent noticed in this turn, by their names in SLOTS."""

    slots: Mapping[str, str] = field(default_factory=dict)


def clean(value: str) -> str:
    """A slot's value on one line; empty when it is too long to be one, or cannot be stored."""
    flat = " ".join(value.split())
    return flat if len(flat) <= VALUE_CHARACTERS and storable(flat) else ""


def cut(text: str, most: int) -> str:
    """The beginning of a text, cut at a word, at most `most` characters long."""
    flat = text.strip()
    if len(flat) <= most:
        return flat
    return flat[: most - 2].rsplit(None, 1)[0][: most - 2] + " …"
