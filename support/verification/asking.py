"""What stands beside a request for proof: where the code would go."""

from sessions_app import mailboxes, verified
from support.memory import records
from support.models import Action, Conversation, EmailChallenge


def challenge(action: Action, conversation: Conversation) -> None:
    """Note what proves an address to this action. The company's word comes first, then what the customer wrote."""
    customer = conversation.customer
    own = verified.own_address(customer)
    address = _spelled(own) or _spelled(records.values(records.of(conversation.id).slots).get("email", ""))
    EmailChallenge.objects.create(action=action, customer=customer, address=address, fixed=bool(own))


def _spelled(text: str) -> str:
    try:
        return mailboxes.normalised(text)
    except ValueError:
        return ""
