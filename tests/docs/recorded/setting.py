"""Run as a child process: what an administrator of the tea shop has set up in the console before the conversation begins."""

import json
import sys

import django
from django.core.management import call_command

TAG = "tea"
COLOUR = "#7a4b1f"


def main(shop: str) -> None:
    """Make the inbox and connect the example shop, for customers of this inbox alone; prints the inbox's key and secret."""
    django.setup()
    from agents.connectors.models import HttpTool
    from sessions_app.models import Inbox

    inbox = Inbox.objects.create(
        name="Tea & Pots", tags=[TAG], accent_color=COLOUR, welcome_text="Tea, pots, questions?"
    )
    call_command("add_example_connectors", shop, stdout=sys.stderr)
    HttpTool.objects.update(tags=[TAG])
    # In the example a colleague approves refunds; here the customer confirms them.
    HttpTool.objects.filter(name="request_refund").update(risk="write")
    print(json.dumps({"key": inbox.key, "secret": inbox.identity_secret}))


if __name__ == "__main__":
    main(*sys.argv[1:])
