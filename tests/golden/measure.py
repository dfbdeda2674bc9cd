"""Asks the agent every golden question without a model; prints how it did as one line of JSON.

Run against an installation whose help centre is docs/help: `python -m tests.golden.measure [--dev] [--misses]`.
"""

import asyncio
import json
import sys
import uuid
from pathlib import Path

import django

django.setup()

from agents.agent import CustomerSupportAgent  # noqa: E402
from agents.turn import Reply, TurnContext, Who  # noqa: E402
from knowledge.audience import Audience  # noqa: E402
from knowledge.models import Article  # noqa: E402

FOLDER = Path(__file__).parent


def questions(name: str) -> list[dict]:
    return [json.loads(line) for line in (FOLDER / f"{name}.jsonl").read_text().splitlines()]


async def ask(question: str) -> Reply | None:
    """The agent's reply; None when it hands over instead."""
    turn = TurnContext(uuid.uuid4(), question, (), Audience(), "Replywell", Who(uuid.uuid4()), extractive=True)
    async for event in CustomerSupportAgent().turn(turn):
        if isinstance(event, Reply):
            return event
    return None


async def measure(prefix: str, show: bool) -> dict[str, float]:
    """Four shares of the questions.

    offered: what the demo site suggests is answered as it should be. right, first_right: one of the cited articles,
    or the first one, answers it. declined: of the unanswerable ones.
    """
    slugs = {article.id: (article.external_id or "").removeprefix("help/") async for article in Article.objects.all()}
    right = first = declined = 0
    answerable, unanswerable = questions(f"{prefix}answerable"), questions(f"{prefix}unanswerable")
    for entry in answerable:
        reply = await ask(entry["question"])
        cited = [slugs[citation.passage.article_id] for citation in reply.citations] if reply else []
        right += any(slug in entry["articles"] for slug in cited)
        first += cited[:1] != [] and cited[0] in entry["articles"]
        if show and not any(slug in entry["articles"] for slug in cited):
            print("miss", entry["articles"], cited, entry["question"], file=sys.stderr)
    for entry in unanswerable:
        reply = await ask(entry["question"])
        declined += reply is not None and not reply.answered
        if show and (reply is None or reply.answered):
            print("answered", entry["question"], file=sys.stderr)
    offered = questions("offered")
    as_expected = 0
    for entry in offered:
        reply = await ask(entry["question"])
        cited = [slugs[citation.passage.article_id] for citation in reply.citations] if reply else ["?"]
        as_expected += cited[:1] == entry["articles"]
        if show and cited[:1] != entry["articles"]:
            print("offered", entry["question"], cited, file=sys.stderr)
    return {
        "offered": round(as_expected / len(offered), 3),
        "right": round(right / len(answerable), 3),
        "first_right": round(first / len(answerable), 3),
        "declined": round(declined / len(unanswerable), 3),
    }


if __name__ == "__main__":
    chosen = "dev_" if "--dev" in sys.argv else ""
    print(json.dumps(asyncio.run(measure(chosen, "--misses" in sys.argv))))
