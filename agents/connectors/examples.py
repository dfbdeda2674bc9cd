"""The tools of docs/examples/shop_service.py: a CRM, billing, an inventory, orders. A start to change into one's own."""

from typing import Any

from django.db import transaction

from agents.connectors.models import HttpParameter, HttpTool

_NUMBER = {"name": "number", "type": "integer", "description": "The order's number.", "slot": "order"}

TOOLS: list[tuple[dict[str, Any], list[dict[str, Any]]]] = [
    (
        {
            "name": "look_up_account",
            "description": "Look up the customer's account: name, plan, customer since when.",
            "label": "Looking up your account",
            "url": "/crm/customers/{customer.sub}",
            "result": "Name: name\nPlan: plan\nCustomer since: since",
        },
        [],
    ),
    (
        {
            "name": "list_invoices",
            "description": "List the customer's invoices with amount and state. Use it for questions about bills and payments.",
            "label": "Looking up your invoices",
            "url": "/billing/invoices",
            "query": "customer={customer.sub}",
            "result": "Invoices: invoices[].{number: number, amount: amount, currency: currency, state: state}",
        },
        [],
    ),
    (
        {
            "name": "request_refund",
            "description": "Request a refund of a paid invoice. Look up the invoices first.",
            "label": "Requesting the refund",
            "title": "Refund {amount} for invoice {invoice}",
            "risk": "approval",
            "method": "POST",
            "url": "/billing/refunds",
            "body": '{"invoice": "{invoice}", "amount": "{amount}", "customer": "{customer.sub}"}',
            "repeatable": True,
            "result": "Refund: state\nInvoice: invoice\nAmount: amount",
        },
        [
            {"name": "invoice", "type": "string", "description": "The invoice's number, such as INV-1001."},
            {"name": "amount", "type": "number", "description": "How much, in the invoice's currency."},
        ],
    ),
    (
        {
            "name": "check_stock",
            "description": "Look up whether something is in stock, and how many.",
            "label": "Looking into the warehouse",
            "identity": "anonymous",
            "url": "/inventory/items",
            "query": "q={words}",
            "result": "In stock: items[].{item: name, number: in_stock}",
        },
        [{"name": "words", "type": "string", "description": "Part of the item's name, such as tea."}],
    ),
    (
        {
            "name": "track_order",
            "description": "Look up how far one of the customer's orders is.",
            "label": "Looking up your order",
            "url": "/orders/{number}",
            "query": "customer={customer.sub}",
            "result": "Item: item\nState: state",
        },
        [_NUMBER],
    ),
    (
        {
            "name": "find_orders",
            "description": "List all orders of a customer who is not signed in.",
            "label": "Looking up your orders",
            "identity": "verified",
            "url": "/orders",
            "query": "email={customer.verified_email}",
            "result": "Orders: orders[].{number: number, item: item, state: state}",
        },
        [],
    ),
    (
        {
            "name": "cancel_order",
            "description": "Cancel one of the customer's orders. Only orders in preparation can be cancelled.",
            "label": "Cancelling the order",
            "title": "Cancel order {number}",
            "risk": "write",
            "method": "DELETE",
            "url": "/orders/{number}",
            "query": "customer={customer.sub}",
            "repeatable": True,
            "result": "State: state",
        },
        [_NUMBER],
    ),
]


@transaction.atomic
def add(url: str, token: str) -> list[str]:
    """Add the tools that are not there yet, for a service at `url`; returns their names."""
    made = []
    for fields, parameters in TOOLS:
        if HttpTool.objects.filter(name=fields["name"]).exists():
            continue
        address = url.rstrip("/") + fields["url"]
        row = HttpTool(**({"risk": "read"} | fields | {"url": address, "auth": "bearer", "secret": token}))
        row.save(force_insert=True)
        HttpParameter.objects.bulk_create(HttpParameter(tool=row, **parameter) for parameter in parameters)
        made.append(row.name)
    return made
