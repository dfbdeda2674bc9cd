"""Which e-mail address a customer has proven to be theirs, by a code or by their company's word, and for how long."""

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import CharField
from django.db.models.expressions import RawSQL
from django.db.models.functions import Now

from sessions_app import mailboxes
from sessions_app.identity import Identity
from sessions_app.models import Customer, VerifiedAddress

How = VerifiedAddress.How

# Of a `customer` and their `verified` row. Whose company names an address has that one verified or none: otherwise whoever
# got into somebody's account would prove an address of their own.
HOLDS = """verified.expires_at > statement_timestamp()
    AND (customer.sub IS NULL OR customer.email = '' OR lower(customer.email) = verified.address)"""
_OF = f"""
FROM sessions_app_verifiedaddress verified JOIN sessions_app_customer customer ON customer.id = verified.customer_id
WHERE verified.customer_id = {{}} AND {HOLDS}
"""


def of(customer_id: UUID) -> VerifiedAddress | None:
    """What the customer has proven and what counts now, by the database's clock."""
    return next(iter(VerifiedAddress.objects.raw(f"SELECT verified.* {_OF.format('%s')}", [customer_id])), None)


def address_of(customer_id: UUID) -> str:
    """The address that the customer has proven and that counts now; empty: none."""
    proven = of(customer_id)
    return proven.address if proven else ""


def address_by(column: str) -> RawSQL:
    """The same as part of a query; `column`, such as `support_conversation.customer_id`, has the customer's id."""
    return RawSQL(f"coalesce((SELECT verified.address {_OF.format(column)}), '')", [], output_field=CharField())


def note(customer_id: UUID, address: str, how: How) -> None:
    """Note that an address, as `mailboxes.normalised` spells it, is proven: for VERIFIED_ADDRESS_DAYS from now."""
    expires_at = Now() + timedelta(days=settings.VERIFIED_ADDRESS_DAYS)
    proven = {"address": address, "how": how, "verified_at": Now(), "expires_at": expires_at}
    VerifiedAddress.objects.update_or_create(customer_id=customer_id, defaults=proven)


def by_identity(customer: Customer, identity: Identity) -> None:
    """Take the company's word for an address, or take back what it said before and does not say any more."""
    try:
        address = mailboxes.normalised(identity.email) if identity.email_verified is True else ""
    except ValueError:
        address = ""
    if address:
        note(customer.id, address, How.IDENTITY)
    else:
        VerifiedAddress.objects.filter(customer=customer, how=How.IDENTITY).delete()


def own_address(customer: Customer) -> str:
    """The address that the customer's company names, which is the only one they can prove; empty: any will do."""
    return customer.email if customer.identified else ""
