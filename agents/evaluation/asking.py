"""Asking the agent golden questions, one after the other, as customers would; nothing is stored in a conversation."""

import time
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from agents.agent import CustomerSupportAgent
from agents.evaluation.questions import Golden
from agents.grounding import Sources, claims
from agents.turn import Escalate, Interrupted, Reply, TurnContext, Usage, Who
from config.common import db
from knowledge.audience import Audience
from knowledge.models import Article

# `uncited` is a model's answer without a source: small talk, or a way to say no.
Came = Literal["answer", "decline", "handoff", "small_talk", "uncited", "broken"]
_PASSES: Mapping[str, set[Came]] = {
    "decline": {"decline", "uncited"},
    "handoff": {"handoff"},
    "small_talk": {"small_talk", "uncited"},
}
_NOT_KNOWN = {"missing_knowledge", "unsupported_request"}


@dataclass(frozen=True)
class Asked:
    """A golden question, and what came of it.

    cited: external ids, in the order of their marks. claims, supported: sentences of the answer, and how many of them
    the claim check passes. ms: from the question to the end of the answer.
    """

    golden: Golden
    came: Came
    cited: tuple[str, ...]
    claims: int
    supported: int
    usage: Usage
    ms: float

    @property
    def passed(self) -> bool:
        """Whether what should have come came."""
        if self.golden.outcome == "answer":
            return any(name in self.golden.articles for name in self.cited)
        return self.came in _PASSES[self.golden.outcome]

    @property
    def first_right(self) -> bool:
        """Whether the first article it cites answers the question."""
        return bool(self.cited) and self.cited[0] in self.golden.articles


async def ask_all(questions: Sequence[Golden], audience: Audience, inbox_name: str) -> AsyncIterator[Asked]:
    """What came of each. The configured engine answers; calls that write are asked for and never made."""
    names = await db.run(lambda: dict(Article.objects.values_list("pk", "external_id")))
    agent = CustomerSupportAgent()
    try:
        for golden in questions:
            yield await _ask(agent, golden, audience, inbox_name, names)
    finally:
        await agent.close()


async def _ask(
    agent: CustomerSupportAgent, golden: Golden, audience: Audience, inbox_name: str, names: dict[UUID, str | None]
) -> Asked:
    turn = TurnContext(uuid.uuid4(), golden.question, golden.history, audience, inbox_name, Who(uuid.uuid4()))
    started = time.perf_counter()
    end: Reply | Escalate | None = None
    try:
        async for event in agent.turn(turn):
            end = event if isinstance(event, Reply | Escalate) else end
    except Interrupted:
        end = None
    ms = (time.perf_counter() - started) * 1000
    if not isinstance(end, Reply):
        return Asked(golden, _came(end), (), 0, 0, Usage(), ms)
    made = [] if end.curated or not end.answered else claims(end.text)
    unsupported = Sources(turn, end.passages, ()).unsupported(end.text) if made else []
    cited = tuple(names.get(citation.passage.article_id) or "" for citation in end.citations)
    return Asked(golden, _came(end), cited, len(made), len(made) - len(unsupported), end.usage, ms)


def _came(end: Reply | Escalate | None) -> Came:
    if end is None:
        return "broken"
    if isinstance(end, Escalate):
        return "decline" if end.reason in _NOT_KNOWN else "handoff"
    if not end.answered:
        return "decline"
    if end.citations or end.curated or end.request:
        return "answer"
    return "small_talk" if end.engine == "extractive" else "uncited"
