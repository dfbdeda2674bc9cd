"""Tools of a shop. What they do is done by a service on a socket (tests.fakes.shop)."""

import os
from typing import Annotated, Any

import httpx2
from pydantic import Field

from agents.registry import ToolContext, ToolFailed, ToolResult, tool


async def _shop(context: ToolContext, method: str, path: str, **body: Any) -> str:
    async with httpx2.AsyncClient(base_url=os.environ["SHOP_URL"], timeout=20) as client:
        response = await client.request(method, path, headers={"Idempotency-Key": context.key}, json=body)
    if response.status_code == 422:
        raise ToolFailed(response.text)
    response.raise_for_status()
    return response.text


@tool(label="Looking up the order", risk="read", timeout=1)
async def order_state(context: ToolContext, number: int) -> ToolResult:
    """Look up the state of an order."""
    return ToolResult(await _shop(context, "GET", f"/orders/{number}"))


@tool(label="Looking up your account", risk="read", identity="identified")
async def my_account(context: ToolContext) -> ToolResult:
    """Look up the customer's account."""
    return ToolResult(f"{context.who.sub} {context.who.email}")


@tool(label="Looking up your orders", risk="read", identity="verified")
async def my_orders(context: ToolContext) -> ToolResult:
    """Look up all orders of the customer."""
    await _shop(context, "GET", f"/orders/{context.who.verified_email}")
    return ToolResult("Two orders, both on their way.")


@tool(label="Sending it elsewhere", risk="write", title="Send {item} to the station", identity="verified")
async def redirect_order(context: ToolContext, item: str) -> ToolResult:
    """Send an order to another place."""
    return ToolResult(await _shop(context, "POST", "/redirects", item=item, email=context.who.verified_email))


@tool(label="Giving it away", risk="approval", title="Give {item} away", identity="verified")
async def give_away(context: ToolContext, item: str) -> ToolResult:
    """Give an order to somebody else."""
    return ToolResult(await _shop(context, "POST", "/gifts", item=item, email=context.who.verified_email))


@tool(label="Placing the order", risk="write", title="Order {quantity} of {item}")
async def place_order(context: ToolContext, item: str, quantity: Annotated[int, Field(ge=1, le=100)] = 1) -> ToolResult:
    """Order something."""
    return ToolResult(await _shop(context, "POST", "/orders", item=item, quantity=quantity, sub=context.who.sub))


@tool(label="Placing the order", risk="write", title="Order {item} once", repeatable=True)
async def order_once(context: ToolContext, item: str) -> ToolResult:
    """Order something from a service that knows a repeated call by its key."""
    return ToolResult(await _shop(context, "POST", "/orders/once", item=item))


@tool(label="Refunding", risk="approval", title="Refund {amount} for invoice {invoice}")
async def refund(context: ToolContext, invoice: str, amount: float) -> ToolResult:
    """Refund an invoice."""
    return ToolResult(await _shop(context, "POST", "/refunds", item=invoice, amount=amount))


@tool(label="Changing the password", risk="write", title="Change the password of {account} to {password}")
async def change_password(
    context: ToolContext, account: str, password: Annotated[str, Field(json_schema_extra={"writeOnly": True})]
) -> ToolResult:
    """Change a password."""
    return ToolResult(await _shop(context, "POST", "/passwords", item=account, password=password))
