"""Golden questions: what somebody asks, and what should come of it. One JSON object a line, in questions.jsonl."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast, get_args

from agents.turn import Utterance
from knowledge.evaluation.jsonl import BadCollection, rows, text

Outcome = Literal["answer", "decline", "handoff", "small_talk"]
NAME = "questions.jsonl"
_ROLES = ("customer", "assistant", "human")


@dataclass(frozen=True)
class Golden:
    """A question with what is expected.

    articles: external ids of the articles that answer it, each by itself. outcome: `answer` cites one of them, `decline`
    says honestly that nothing is known, `handoff` brings in a person, `small_talk` is answered without knowledge.
    history: what was said before, oldest first. kind: a word to group by, such as "adversarial".
    """

    question: str
    articles: tuple[str, ...]
    outcome: Outcome
    kind: str
    history: tuple[Utterance, ...]

    @property
    def key(self) -> str:
        """What tells it from the others, from one run to the next."""
        return "\n".join([*(utterance.text for utterance in self.history), self.question])


def read(folder: Path) -> list[Golden]:
    """The questions of a folder. Raises BadCollection: the file is missing, or a line is not as it should be."""
    found = [_golden(row, where) for where, row in rows(folder / NAME)]
    if not found:
        raise BadCollection(f"{folder / NAME}: there is no question.")
    if len({one.key for one in found}) < len(found):
        raise BadCollection(f"{folder / NAME}: a question occurs twice.")
    return found


def _golden(row: dict[str, Any], where: str) -> Golden:
    asked = text(row, "question", where)
    if not asked.strip():
        raise BadCollection(f"{where}: 'question' is empty.")
    articles = row.get("articles", [])
    if not isinstance(articles, list) or not all(isinstance(one, str) for one in articles):
        raise BadCollection(f"{where}: 'articles' must be a list of external ids.")
    outcome = row.get("outcome", "answer" if articles else "decline")
    if outcome not in get_args(Outcome):
        raise BadCollection(f"{where}: 'outcome' must be one of {', '.join(get_args(Outcome))}.")
    if (outcome == "answer") != bool(articles):
        raise BadCollection(f"{where}: an answer needs 'articles', and nothing else has any.")
    kind = row.get("kind", outcome)
    if not isinstance(kind, str):
        raise BadCollection(f"{where}: 'kind' must be text.")
    return Golden(asked, tuple(articles), cast(Outcome, outcome), kind, _history(row.get("history", []), where))


def _history(said: Any, where: str) -> tuple[Utterance, ...]:
    if not isinstance(said, list) or not all(isinstance(one, dict) and one.get("role") in _ROLES for one in said):
        raise BadCollection(f"{where}: 'history' must be a list of {{role, text}}, role being {', '.join(_ROLES)}.")
    return tuple(Utterance(one["role"], text(one, "text", where)) for one in said)
