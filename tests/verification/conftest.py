"""A mail server, and a customer whose agent waits for a proof of their e-mail address."""

import re
import uuid
from dataclasses import dataclass

import pytest

from agents.memory import MemoryUpdate
from agents.registry import Risk
from agents.turn import Reply, Request, Usage
from config.common import redis
from sessions_app.models import Customer
from sessions_app.records import Session
from sessions_app.services import Caller
from support import customer, run_actions
from support.actions import Place
from support.customer import Word
from support.models import Action, EmailChallenge
from support.verification import sending
from tests.fakes.mailserver import MailServer
from tests.notifications.conftest import use
from tests.support.conversations import OWNER, ask, new_place

CARLA = "carla@example.com"


@pytest.fixture
def mailserver(settings):
    """Where e-mails go to: Django's own backend, over a socket."""
    with MailServer() as server:
        use(settings, server.port)
        yield server


@pytest.fixture(autouse=True)
def nothing_counted():
    """Each test counts from nothing."""
    redis.client().flushdb()


@dataclass
class Asked:
    """Who is asked for a proof. What they say goes the way of a socket and of HTTP."""

    place: Place
    caller: Caller

    @property
    def action(self) -> Action:
        """What was asked last."""
        return Action.objects.filter(conversation=self.place.conversation).latest("created_at")

    @property
    def challenge(self) -> EmailChallenge:
        return EmailChallenge.objects.get(action=self.action)

    def say(self, action: Action | None = None, **word):
        """Their word on what waits, or on another action."""
        word = {"client": "192.0.2.1"} | word
        return customer.decide(self.caller, (action or self.action).id, Word(True, **word))

    def is_sent(self, email: str = CARLA, client: str = "192.0.2.1") -> None:
        """Ask for a code, and let the worker send it."""
        self.say(email=email, client=client)
        sending.deliver(self.action.id, self.challenge.number)


def asked_of(place: Place, tool: str = "my_orders", risk: Risk = "read", facts: dict | None = None) -> Asked:
    """The agent asks in this conversation for a proof; `facts`: what it has noticed."""
    run, arguments = ask(place).run, {"item": "tea"}
    request = Request(tool, "call_1", risk, "Looking up your orders", arguments, arguments, verify=True)
    reply = Reply("Please prove it.", (), "llm", Usage(), request=request)
    run_actions.answer(run.id, OWNER, reply, 1.0, MemoryUpdate(facts or {}))
    session = Session(uuid.uuid4(), place.inbox, place.customer, place.conversation, 0, 1, 0)
    return Asked(place, Caller(session, session.claims))


@pytest.fixture
def asked():
    """A customer who is asked for a proof."""
    return asked_of(new_place())


def code_in(server: MailServer) -> str:
    """The code of the newest e-mail."""
    return codes_in(server)[-1]


def codes_in(server: MailServer) -> list[str]:
    """The code of each e-mail."""
    return [re.search(r"^\d{6}\b", mail.text(), re.MULTILINE)[0] for mail in server.received]


def another(code: str) -> str:
    """A code that is not this one."""
    return f"{(int(code) + 1) % 10**6:06}"


def proven(place: Place) -> str:
    """The address that the place's customer has proven."""
    row = Customer.objects.get(id=place.customer)
    return row.verified.address if hasattr(row, "verified") else ""
