"""Customers as arguments of commands."""

from uuid import UUID

from django.core.management.base import CommandError, CommandParser

from config.common.errors import NotFound
from sessions_app.models import Customer
from support.management.inboxes import inbox_of
from support.privacy import people
from support.privacy.people import Person


def add_arguments(parser: CommandParser) -> None:
    """A customer's id, or the id that a site has given them."""
    parser.add_argument("customer", nargs="?", metavar="ID", help="the customer's id, as in their page's address")
    parser.add_argument("--inbox", metavar="KEY", help="with --sub: the inbox's key")
    parser.add_argument("--sub", metavar="SUB", help="the customer's id in your own system, as in identity tokens")


def person_of(customer: str | None, inbox: str | None, sub: str | None) -> Person:
    """Whom the arguments name, or an error that says what is wrong with them."""
    if (customer is None) == (sub is None) or (inbox is None) != (sub is None):
        raise CommandError("Name the customer by ID, or by --inbox KEY and --sub SUB.")
    try:
        return people.find(UUID(customer) if customer else _by_sub(inbox or "", sub or ""))
    except ValueError as error:
        raise CommandError(f"{customer!r} is no id.") from error
    except NotFound as error:
        raise CommandError(error.detail) from error


def _by_sub(inbox: str, sub: str) -> UUID:
    row = Customer.objects.filter(inbox=inbox_of(inbox), sub=sub).first() if sub.isprintable() else None
    if row is None:
        raise NotFound(f"There is no customer {sub!r} in this inbox.")
    return row.id
