"""The claim check: what a finished answer states in numbers, dates, addresses and code must be in its sources.

In code, on the finished text, before it becomes durable. A sentence that cites passages is held against those, and against what
tools said; one that cites none against all that was retrieved, and what the customer wrote.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from agents import facts, guardrails, prompts
from agents.derived import Derived
from agents.facts import Fact
from agents.results import Result
from agents.turn import TurnContext
from knowledge.retrieval import Passage

# A mark that the answer ends in the middle of is one as well.
_MARK = re.compile(r"\s?\[(\d{1,3})(?:\]|\s*\Z)")
_LIST_MARK = re.compile(r"^\s*(?:[-*+•]|\d{1,3}[.)])\s+|^\s*#{1,6}\s+")
_FENCE = re.compile(r"^\s*(```|~~~)")
_SENTENCE_END = re.compile(r"(?<=[.!?])(?:\s?\[\d{1,3}\])*\s+(?=[\w\"'(`*])")
# Numbers this long are names of things rather than amounts: a customer's own may be said back to them anywhere.
_NAME_DIGITS = 4


@dataclass(frozen=True)
class Claim:
    """A sentence, line or block of code of an answer. start, end: where it is in the text, in code points."""

    start: int
    end: int
    text: str
    paragraph: str


class Sources:
    """What the sentences of one turn's answer may rest on."""

    def __init__(self, turn: TurnContext, passages: Sequence[Passage], results: Sequence[Result]) -> None:
        self._turn, self._told = turn, results
        self._passages = [_Text(f"{p.title}\n{p.heading}\n{p.url}\n{p.text}") for p in passages]
        self._results = _Text("\n".join(result.text for result in results))
        self._derived = Derived(results)
        said = [turn.question, *(utterance.text for utterance in turn.history)]
        said += turn.memory.slots.values()
        self._said = _Text("\n".join([*said, turn.who.name, turn.who.email, turn.inbox_name]))

    def unsupported(self, text: str) -> list[Claim]:
        """The claims of an answer that none of their sources bears out, and what it tells of our instructions."""
        return [
            claim
            for claim in claims(text)
            if not self._support(claim, text) or guardrails.repeats(claim.text, prompts.SYSTEM)
        ]

    def rest_on_tools(self, text: str) -> bool:
        """Whether an answer that cites nothing needs no passage either: what tools said, and the customer, bears it out."""
        alone = Sources(self._turn, (), self._told)
        return any(result.done for result in self._told) and not alone.unsupported(text)

    def _support(self, claim: Claim, answer: str) -> bool:
        marks = _MARK.findall(claim.text) or _MARK.findall(claim.paragraph)
        cited = [self._passages[int(mark) - 1] for mark in marks if 0 < int(mark) <= len(self._passages)]
        sources = [*(cited or self._passages), self._results]
        if not cited:
            sources.append(self._said)
        text = _LIST_MARK.sub("", _MARK.sub("", claim.text))
        if not all(any(line in source.flat for source in sources) for line in facts.code(text)):
            return False
        plain = facts.without_code(text)
        return all(
            any(source.has(fact) for source in sources)
            or (_is_name(fact) and self._said.has(fact))
            or self._derived.bears_out(fact, plain, answer)
            for fact in facts.stated(plain)
        )


class _Text:
    """A source, looked through once, when something has to be found in it."""

    def __init__(self, text: str) -> None:
        self._text = text

    @cached_property
    def flat(self) -> str:
        return " ".join(self._text.split())

    @cached_property
    def _lower(self) -> str:
        return self.flat.lower()

    @cached_property
    def _facts(self) -> set[Fact]:
        return facts.given(self._text)

    def has(self, fact: Fact) -> bool:
        kind, value = fact
        if kind == "identifier":
            return re.search(rf"(?<!\w){re.escape(value)}(?!\w)", self._lower) is not None
        if kind == "month":
            return any(kind == "word" and word.startswith(value) for kind, word in self._facts)
        return fact in self._facts


def _is_name(fact: Fact) -> bool:
    kind, value = fact
    return kind != "number" or len(value.replace(".", "")) >= _NAME_DIGITS


def claims(text: str) -> list[Claim]:
    """An answer cut into what can be judged, and left out, by itself: sentences, lines of lists and tables, code."""
    found: list[Claim] = []
    for start, end in _paragraphs(text):
        paragraph = text[start:end]
        if _FENCE.match(paragraph):
            found.append(Claim(start, end, paragraph, paragraph))
            continue
        at = start
        for line in paragraph.splitlines(keepends=True):
            mark = _LIST_MARK.match(line)
            ends = _SENTENCE_END.finditer(line, mark.end() if mark else 0)
            cuts = [0, *(match.end() for match in ends), len(line)]
            for one, other in pairwise(cuts):
                found.append(Claim(at + one, at + other, line[one:other], paragraph))
            at += len(line)
    return found


def _paragraphs(text: str) -> list[tuple[int, int]]:
    """Where paragraphs are, each with the blank lines after it; fenced code is one of its own."""
    bounds, start, at, fence = [], 0, 0, ""
    for line in text.splitlines(keepends=True):
        mark = _FENCE.match(line)
        if mark and not fence:
            if at > start:
                bounds.append((start, at))
            start, fence = at, mark[1]
        elif (mark and mark[1] == fence) or (not fence and not line.strip()):
            bounds.append((start, at + len(line)))
            start, fence = at + len(line), ""
        at += len(line)
    return [*bounds, (start, at)] if at > start else bounds


def without(text: str, dropped: Sequence[Claim]) -> str:
    """The text without these claims; what only led up to a dropped list goes too."""
    kept, at = [], 0
    for claim in dropped:
        kept.append(text[at : claim.start])
        if claim.text.endswith("\n"):
            kept.append("\n")
        at = claim.end
    rest = "".join([*kept, text[at:]])
    rest = re.sub(r"\n{3,}", "\n\n", re.sub(r"[ \t]+$", "", rest, flags=re.MULTILINE)).strip()
    return re.sub(r"(?:^|\n)[^\n]*:\s*\Z", "", rest).strip()


def says_something(text: str) -> bool:
    """Whether there is a word left beside citations and list marks."""
    return bool(re.search(r"\w{2,}", _LIST_MARK.sub("", _MARK.sub("", text))))
