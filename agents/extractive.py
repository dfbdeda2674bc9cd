"""Answers without a model: real sentences from real passages, cited, or an honest "I don't know".

The passages are compared with the question once more, now by their headings and paragraphs: the best one leads and is
quoted. Whether it answers the question at all is estimated from how near its best paragraph is in meaning, how much
of the question its words cover, and how many of the question's words occur nowhere in the knowledge base. The weights
were fitted on questions of our own (docs/retrieval.md).
"""

import math
import re
from dataclasses import dataclass

import numpy as np

from agents.citations import quote
from agents.turn import Citation, Reply, TurnContext, Usage
from knowledge.embeddings import Vector, backend
from knowledge.retrieval import Passage, SearchResult

# Passages that may lead, and how much may be said.
_CANDIDATES = 8
_MAX_BLOCKS = 3
_MAX_SENTENCES = 3
# A further block must be about as near to the question as the best one.
_BLOCK_MARGIN = 0.12

# What makes a passage lead, beside its search score.
_HEADING, _BLOCK = 0.3, 0.3
# Logistic model: bias, best paragraph's cosine, coverage, unknown words.
_BIAS, _NEAR, _COVERED, _UNKNOWN = -3.0, 8.0, 2.5, -6.0

DONT_KNOW = (
    "I'm sorry, I don't know that: I found nothing about it in our help centre. Would you like to talk to a person?"
)

_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z`*\[\"'(])")


@dataclass(frozen=True)
class _Block:
    """A paragraph, list or code block of a passage."""

    text: str
    is_prose: bool


@dataclass(frozen=True)
class Evidence:
    """The passage that leads: its number (from 1), its blocks with their cosines to the question, and what it is worth.

    confidence: the estimated probability, 0 to 1, that the passage answers the question.
    """

    index: int
    passage: Passage
    blocks: list[tuple[_Block, float]]
    near: float
    unknown: float

    @property
    def confidence(self) -> float:
        logit = _BIAS + _NEAR * self.near + _COVERED * self.passage.coverage + _UNKNOWN * self.unknown
        return 1 / (1 + math.exp(-logit))


def answer(turn: TurnContext, found: SearchResult, usage: Usage) -> Reply:
    """The answer to the turn's question; blocks (embeds the candidates' paragraphs)."""
    passages = tuple(found.passages)
    best = weigh(turn.question, found)
    if best is None or best.confidence < 0.5:
        return Reply(DONT_KNOW, (), "extractive", usage, passages, answered=False)
    text = "\n\n".join(_marked(block, _shorten(turn.question, block), best.index) for block in _choose(best))
    citation = Citation(best.index, best.passage, quote(best.passage.text))
    return Reply(text, (citation,), "extractive", usage, passages)


def weigh(question: str, found: SearchResult) -> Evidence | None:
    """The passage that answers best, or None when nothing was found."""
    passages = found.passages[:_CANDIDATES]
    if not passages:
        return None
    blocks = [_blocks(passage) for passage in passages]
    headings = [passage.heading.rsplit(" › ", 1)[-1] or passage.title for passage in passages]
    texts = [question, *headings, *(block.text for group in blocks for block in group)]
    vectors = iter(backend().embed_many(texts))
    asked = next(vectors)
    by_heading = [_cosine(asked, next(vectors)) for _ in headings]
    by_block = [[(block, _cosine(asked, next(vectors))) for block in group] for group in blocks]
    near = [max(cosine for _, cosine in group) for group in by_block]
    scores = [
        passage.score + _HEADING * heading + _BLOCK * block
        for passage, heading, block in zip(passages, by_heading, near, strict=True)
    ]
    lead = int(np.argmax(scores))
    return Evidence(lead + 1, passages[lead], by_block[lead], max(near[lead], by_heading[lead]), found.unknown)


def _cosine(one: Vector, other: Vector) -> float:
    return float(np.dot(one, other))


def _blocks(passage: Passage) -> list[_Block]:
    """The passage cut at blank lines, with fenced code and lists kept whole and a list kept with its lead-in."""
    blocks: list[_Block] = []
    lines: list[str] = []
    fenced = False

    def close() -> None:
        text = "\n".join(lines).strip("\n")
        if text.strip():
            is_prose = not re.match(r"\s*([-*+]|\d+[.)])\s|```|\||#", text)
            if blocks and not is_prose and blocks[-1].text.rstrip().endswith(":"):
                blocks[-1] = _Block(f"{blocks[-1].text}\n\n{text}", False)
            else:
                blocks.append(_Block(text, is_prose))
        lines.clear()

    for line in passage.text.splitlines():
        if line.lstrip().startswith("```"):
            fenced = not fenced
        if not line.strip() and not fenced:
            close()
        else:
            lines.append(line)
    close()
    return blocks or [_Block(passage.text, True)]


def _choose(best: Evidence) -> list[_Block]:
    """The blocks that answer best, in reading order."""
    near = max(cosine for _, cosine in best.blocks)
    ranked = sorted(range(len(best.blocks)), key=lambda i: -best.blocks[i][1])[:_MAX_BLOCKS]
    return [best.blocks[i][0] for i in sorted(ranked) if best.blocks[i][1] >= near - _BLOCK_MARGIN]


def _marked(block: _Block, text: str, index: int) -> str:
    """A block's text with its citation; the mark of a list or code goes on a line of its own."""
    return f"{text} [{index}]" if block.is_prose else f"{text}\n\n[{index}]"


def _shorten(question: str, block: _Block) -> str:
    """A block as it is, or the run of sentences in a long paragraph that is nearest to the question."""
    sentences = _SENTENCE_END.split(block.text) if block.is_prose else []
    if len(sentences) <= _MAX_SENTENCES:
        return block.text
    vectors = backend().embed_many([question, *sentences])
    scores = [_cosine(vectors[0], vector) for vector in vectors[1:]]
    starts = range(len(sentences) - _MAX_SENTENCES + 1)
    start = max(starts, key=lambda i: sum(scores[i : i + _MAX_SENTENCES]))
    return " ".join(sentences[start : start + _MAX_SENTENCES])
