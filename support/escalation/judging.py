"""What a policy gets to know of a conversation that is under way."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from agents.escalation.rules import Policy, Trigger
from agents.escalation.snapshot import Circumstances
from support.escalation import past

MAX_VALUE = 300


def circumstances(
    policy: Policy, conversation_id: UUID, attributes: Mapping[str, str], *, is_open: bool
) -> Circumstances:
    """What the rows say, as far as a rule asks for it: two statements more for those that count what failed."""
    unanswered = failed = 0
    if policy.needs(Trigger.FAILURES, Trigger.TOOL_FAILURE):
        runs = past.since_people(past.of_conversation(conversation_id))
        unanswered = past.unanswered(reason for _, reason in runs)
        if policy.needs(Trigger.TOOL_FAILURE):
            failed = sum(past.failed_calls(run_id for run_id, _ in runs).values())
    return Circumstances(is_open, attributes, unanswered, failed)


def attributes(metadata: Mapping[str, Any], *, identified: bool, email: str, locale: str) -> dict[str, str]:
    """What rules know of a customer, by lower-case name. What the server knows beats what the page says of itself."""
    said = {name.casefold(): _written(value) for name, value in metadata.items()}
    return said | {"identified": "yes" if identified else "no", "email": email, "locale": locale}


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)[:MAX_VALUE] if isinstance(value, str | int | float) else ""
