"""A small company's systems on one port: CRM, billing, inventory, orders. Something to connect Replywell to.

Run it with `python docs/examples/shop_service.py [PORT] [TOKEN]`. It needs nothing but Python, keeps its data in memory, and
begins anew at each start. Each request has to carry `Authorization: Bearer TOKEN`.

    GET    /crm/customers/{id}             who the customer is
    GET    /billing/invoices?customer=     their invoices
    POST   /billing/refunds                {invoice, amount, customer}: request a refund
    GET    /inventory/items?q=             what is in stock
    GET    /orders/{number}?customer=      how far an order is
    GET    /orders?email=                  all orders of whoever has that e-mail address
    DELETE /orders/{number}?customer=      cancel an order that has not been shipped

A writing request with an `Idempotency-Key` that was seen before gets the first answer again, and does nothing.
"""

import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

PORT, TOKEN = 9100, "shop-token"


class Refused(Exception):
    """What was asked for cannot be had; nothing was done."""

    def __init__(self, status, detail):
        super().__init__(detail)
        self.status, self.detail = status, detail


class Service(ThreadingHTTPServer):
    """The server, and the shop that it serves."""

    daemon_threads = True

    def __init__(self, address, handler, shop):
        super().__init__(address, handler)
        self.shop = shop


class Shop:
    """The data, and what can be done with it. Customers are known by the `sub` of their signed identity."""

    def __init__(self):
        self.lock = threading.Lock()
        self.answers = {}
        self.refunds = []
        self.customers = {
            "cust-1": {
                "id": "cust-1",
                "name": "Ada Byron",
                "email": "ada@example.com",
                "plan": "Premium",
                "since": "2023-04-01",
            },
            "cust-2": {
                "id": "cust-2",
                "name": "Ben Okri",
                "email": "ben@example.com",
                "plan": "Basic",
                "since": "2025-01-15",
            },
        }
        self.invoices = [
            {"number": "INV-1001", "customer": "cust-1", "amount": 49.9, "currency": "EUR", "state": "paid"},
            {"number": "INV-1002", "customer": "cust-1", "amount": 12.5, "currency": "EUR", "state": "open"},
            {"number": "INV-2001", "customer": "cust-2", "amount": 99.0, "currency": "EUR", "state": "paid"},
        ]
        self.items = [
            {"sku": "TEA-1", "name": "Green tea", "in_stock": 42},
            {"sku": "TEA-2", "name": "Black tea", "in_stock": 0},
            {"sku": "POT-1", "name": "Teapot", "in_stock": 7},
        ]
        self.orders = {
            5001: {"number": 5001, "customer": "cust-1", "item": "Teapot", "state": "in preparation"},
            5002: {"number": 5002, "customer": "cust-1", "item": "Green tea", "state": "shipped"},
            6001: {"number": 6001, "customer": "cust-2", "item": "Black tea", "state": "in preparation"},
        }

    def customer(self, id):
        """A customer of the CRM."""
        if id not in self.customers:
            raise Refused(404, "There is no such customer.")
        return self.customers[id]

    def invoices_of(self, customer):
        """All invoices of a customer."""
        return {"invoices": [invoice for invoice in self.invoices if invoice["customer"] == customer]}

    def refund(self, invoice, amount, customer):
        """Request a refund, at most what the invoice was about."""
        found = next((each for each in self.invoices_of(customer)["invoices"] if each["number"] == invoice), None)
        if found is None:
            raise Refused(404, "This customer has no such invoice.")
        if found["state"] != "paid":
            raise Refused(409, "The invoice has not been paid.")
        if not 0 < amount <= found["amount"]:
            raise Refused(422, f"A refund is between 0 and {found['amount']} {found['currency']}.")
        self.refunds.append({"invoice": invoice, "amount": amount, "state": "requested"})
        return self.refunds[-1]

    def stock(self, words):
        """The items whose name contains the words."""
        return {"items": [item for item in self.items if words.lower() in str(item["name"]).lower()]}

    def order(self, number, customer):
        """An order of this customer; another's is not there."""
        order = self.orders.get(number)
        if order is None or order["customer"] != customer:
            raise Refused(404, f"There is no order {number}.")
        return order

    def orders_of(self, email):
        """All orders of the customer with this address; it has to be proven before anybody asks with it."""
        known = {customer["id"] for customer in self.customers.values() if customer["email"] == email}
        return {"orders": [order for order in self.orders.values() if order["customer"] in known]}

    def cancel(self, number, customer):
        """Cancel an order that is still in preparation."""
        order = self.order(number, customer)
        if order["state"] != "in preparation":
            raise Refused(409, f"Order {number} is {order['state']} and cannot be cancelled.")
        order["state"] = "cancelled"
        return order

    def answer(self, method, path, query, body, key):
        """The status and document for a request."""
        with self.lock:
            if method != "GET" and key and key in self.answers:
                return self.answers[key]
            try:
                found = 200, dict(self._do(method, path, query, body))
            except Refused as refused:
                return refused.status, {"detail": refused.detail}
            if method != "GET" and key:
                self.answers[key] = found
            return found

    def _do(self, method, path, query, body):
        customer = query.get("customer", "")
        match [method, *path]:
            case ["GET", "crm", "customers", id]:
                return self.customer(id)
            case ["GET", "billing", "invoices"]:
                return self.invoices_of(customer)
            case ["POST", "billing", "refunds"]:
                return self.refund(str(body.get("invoice")), float(body.get("amount") or 0), str(body.get("customer")))
            case ["GET", "inventory", "items"]:
                return self.stock(query.get("q", ""))
            case ["GET", "orders"]:
                return self.orders_of(query.get("email", ""))
            case ["GET", "orders", number] if number.isdecimal():
                return self.order(int(number), customer)
            case ["DELETE", "orders", number] if number.isdecimal():
                return self.cancel(int(number), customer)
        raise Refused(404, "There is no such page.")


def server(port=PORT, token=TOKEN, host="127.0.0.1"):
    """The service, ready for `serve_forever`; its data is its `shop`. Port 0: any that is free."""
    shop = Shop()

    class Handler(BaseHTTPRequestHandler):
        def handle_any(self):
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if self.headers.get("Authorization") != f"Bearer {token}":
                return self.say(401, {"detail": "The token is wrong."})
            path = [unquote(part) for part in parts.path.strip("/").split("/")]
            try:
                body = json.loads(content or b"{}")
                answer = shop.answer(self.command, path, query, body, self.headers.get("Idempotency-Key"))
            except (ValueError, AttributeError):
                answer = 400, {"detail": "The body is not what it should be."}
            return self.say(*answer)

        do_GET = do_POST = do_DELETE = handle_any

        def say(self, status, document):
            data = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_):
            """Silence."""

    return Service((host, port), Handler, shop)


if __name__ == "__main__":
    port = int(sys.argv[1]) if len(sys.argv) > 1 else PORT
    token = sys.argv[2] if len(sys.argv) > 2 else TOKEN
    print(f"The shop is open at http://127.0.0.1:{port}; its token is {token}. Ctrl-C closes it.", flush=True)
    try:
        server(port, token).serve_forever()
    except KeyboardInterrupt:
        pass
