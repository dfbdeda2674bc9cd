"""Answers without a model: real sentences from real passages, cited, or an honest "I don't know".

Whether the passages answer the question is judged by how near the best one is in meaning and how much of the
question, weighted by rarity, its words cover. The weights were fitted on questions of our own (docs/retrieval.md).
"""

import math
import re
from dataclasses import dataclass

import numpy as np

from agents.citations import quote
from agents.turn import Citation, Reply, TurnContext, Usage
from knowledge.embeddings import backend
from knowledge.retrieval import Passage

# Passages that sentences are taken from, and how much may be said.
_SOURCES = 4
_MAX_BLOCKS = 3
_MAX_SENTENCES = 3
# A further block must be about as near to the question as the best one.
_BLOCK_MARGIN = 0.12

# Logistic model over the best passages: bias, cosine, coverage.
_BIAS, _DENSE, _COVERAGE = -6.2, 9.5, 3.0

DONT_KNOW = (
    "I'm sorry, I don't know that: I found nothing about it in our help centre. Would you like to talk to a person?"
)

_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z`*\[\"'(])")


@dataclass(frozen=True)
class _Block:
    """A paragraph, list or code block of a passage; `index` is the passage's number, `order` its place in it."""

    index: int
    order: int
    text: str
    is_prose: bool


def confidence(passages: list[Passage]) -> float:
    """The estimated probability, 0 to 1, that the passages answer the question."""
    if not passages:
        return 0.0
    dense = max(passage.dense for passage in passages[:3])
    coverage = max(passage.coverage for passage in passages[:3])
    return 1 / (1 + math.exp(-(_BIAS + _DENSE * dense + _COVERAGE * coverage)))


def answer(turn: TurnContext, passages: list[Passage], usage: Usage) -> Reply:
    """The answer to the turn's question; blocks (embeds the candidate sentences)."""
    if confidence(passages) < 0.5:
        return Reply(DONT_KNOW, (), "extractive", usage, tuple(passages), answered=False)
    blocks = [block for index, passage in enumerate(passages[:_SOURCES], 1) for block in _blocks(index, passage)]
    chosen = _choose(turn.question, blocks)
    text = "\n\n".join(f"{text}{mark}" for text, mark in chosen_texts(chosen))
    cited = sorted({block.index for block, _ in chosen})
    citations = tuple(Citation(index, passages[index - 1], quote(passages[index - 1].text)) for index in cited)
    return Reply(text, citations, "extractive", usage, tuple(passages))


def chosen_texts(chosen: list[tuple[_Block, str]]) -> list[tuple[str, str]]:
    """(text, citation mark) of each chosen block; the mark of a list or code goes on a line of its own."""
    return [(text, f" [{block.index}]" if block.is_prose else f"\n\n[{block.index}]") for block, text in chosen]


def _blocks(index: int, passage: Passage) -> list[_Block]:
    """The passage cut at blank lines, with fenced code and lists kept whole and a list kept with its lead-in."""
    blocks: list[_Block] = []
    lines: list[str] = []
    fenced = False

    def close() -> None:
        text = "\n".join(lines).strip("\n")
        if text.strip():
            is_prose = not re.match(r"\s*([-*+]|\d+[.)])\s|```|\||#", text)
            if blocks and not is_prose and blocks[-1].text.rstrip().endswith(":"):
                blocks[-1] = _Block(index, blocks[-1].order, f"{blocks[-1].text}\n\n{text}", False)
            else:
                blocks.append(_Block(index, len(blocks), text, is_prose))
        lines.clear()

    for line in passage.text.splitlines():
        if line.lstrip().startswith("```"):
            fenced = not fenced
        if not line.strip() and not fenced:
            close()
        else:
            lines.append(line)
    close()
    return blocks


def _choose(question: str, blocks: list[_Block]) -> list[tuple[_Block, str]]:
    """The blocks that answer best, in reading order, long paragraphs cut down to their best sentences."""
    model = backend()
    vectors = model.embed_many([question, *(block.text for block in blocks)])
    # The passages come best first: that knowledge goes into the choice.
    scores = [
        float(np.dot(vectors[0], vector)) - 0.03 * (block.index - 1)
        for block, vector in zip(blocks, vectors[1:], strict=True)
    ]
    best = max(scores)
    ranked = sorted(range(len(blocks)), key=lambda i: -scores[i])
    lead = blocks[ranked[0]]
    picked = [
        blocks[i]
        for i in ranked[:_MAX_BLOCKS]
        if scores[i] >= best - _BLOCK_MARGIN and blocks[i].index in {lead.index, 1}
    ]
    picked.sort(key=lambda block: (block.index != lead.index, block.index, block.order))
    return [(block, _shorten(question, block)) for block in picked]


def _shorten(question: str, block: _Block) -> str:
    """A block as it is, or the run of sentences in a long paragraph that is nearest to the question."""
    sentences = _SENTENCE_END.split(block.text) if block.is_prose else []
    if len(sentences) <= _MAX_SENTENCES:
        return block.text
    vectors = backend().embed_many([question, *sentences])
    scores = [float(np.dot(vectors[0], vector)) for vector in vectors[1:]]
    starts = range(len(sentences) - _MAX_SENTENCES + 1)
    start = max(starts, key=lambda i: sum(scores[i : i + _MAX_SENTENCES]))
    return " ".join(sentences[start : start + _MAX_SENTENCES])
