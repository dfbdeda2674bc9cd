"""Fixtures of the agent's tests: a scripted provider, articles, one turn from start to end."""

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import connections

from agents import llm
from agents.agent import CustomerSupportAgent
from agents.models import ToolCall
from agents.turn import Delta, Escalate, Event, Interrupted, Reply, Step, TurnContext, Who
from config.common import db
from knowledge import ingestion
from knowledge.audience import Audience
from knowledge.ingestion import Draft
from knowledge.models import Article


@pytest.fixture
async def provider(model, settings):
    """The scripted model server as the configured provider; what a test scripts and leaves open ends with it."""
    settings.OPENAI_BASE_URL = model.base_url
    settings.OPENAI_API_KEY = "test"
    settings.LLM_CONFIGURED = True
    with model.scripted():
        yield model
    await llm.close()


@pytest.fixture
def marker():
    """A word of this test alone; what the provider is to say is scripted for messages that contain it."""
    return f"ref{uuid.uuid4().hex}"


@pytest.fixture
def gate():
    """An event for holding the provider back; opened when the test is over."""
    event = threading.Event()
    yield event
    event.set()


@pytest.fixture
def knowledge(db, monkeypatch):
    """The database, with the agent's queries in the test's own transaction: nothing is committed, nothing truncated."""
    connection = connections["default"]
    connection.inc_thread_sharing()
    executor = ThreadPoolExecutor(1, initializer=lambda: connections.__setitem__("default", connection))
    monkeypatch.setattr("config.common.db._executor", executor)
    monkeypatch.setattr("config.common.db.close_old_connections", lambda: None)
    yield
    executor.shutdown()
    connection.dec_thread_sharing()


def publish(title: str, body: str, **fields) -> Article:
    """An article that searches find."""
    article, _ = ingestion.save(Draft(title=title, body=body, status="published", **fields))
    ingestion.embed(article.pk)
    return article


# All words of the tests' questions occur in it: the extractive engine distrusts words that nothing here has.
REFUNDS = "You get your money back within 14 days. It does not take long. Write to billing to start a refund."


@pytest.fixture
def refunds(knowledge):
    return publish("Refunds", REFUNDS)


@pytest.fixture
def shipping(knowledge):
    return publish("Shipping", "Parcels leave our warehouse in Gent every morning at nine.")


@dataclass
class Turn:
    """What one turn gave."""

    context: TurnContext
    events: list[Event] = field(default_factory=list)
    interrupted: Interrupted | None = None

    @property
    def reply(self) -> Reply:
        assert isinstance(self.events[-1], Reply)
        return self.events[-1]

    @property
    def escalate(self) -> Escalate:
        assert isinstance(self.events[-1], Escalate)
        return self.events[-1]

    async def calls(self) -> list[ToolCall]:
        """The tool calls that were recorded."""
        return await db.run(lambda: list(ToolCall.objects.filter(run=self.context.run)))

    @property
    def shown(self) -> str:
        """The text that the customer saw grow."""
        return "".join(event.text for event in self.events if isinstance(event, Delta))

    @property
    def steps(self) -> list[str]:
        return [event.tool for event in self.events if isinstance(event, Step)]


def context_of(question: str, **changed: Any) -> TurnContext:
    fields: dict[str, Any] = {"history": (), "audience": Audience(), "inbox_name": "Acme", "who": Who(uuid.uuid4())}
    return TurnContext(run=uuid.uuid4(), question=question, **(fields | changed))


@pytest.fixture
def ask():
    """Run a turn to its end."""

    async def run(question: str, **fields) -> Turn:
        turn = Turn(context_of(question, **fields))
        agent = CustomerSupportAgent()
        try:
            async for event in agent.turn(turn.context):
                turn.events.append(event)
        except Interrupted as error:
            turn.interrupted = error
        finally:
            await agent.close()
        return turn

    return run
