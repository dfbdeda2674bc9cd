"""Answers without a model: real sentences from real passages, cited, or an honest "I don't know".

The passages are compared with the question once more, now by their headings and paragraphs: the best one leads and is
quoted, and another article's that is about as good is quoted after it. Whether it answers the question at all is
estimated in `agents.acceptance`.
"""

import re
from dataclasses import dataclass

import numpy as np

from agents import followup, language, texts
from agents.acceptance import LEAST, RARE, Signs, confidence
from agents.citations import quote
from agents.turn import Citation, Reply, TurnContext, Usage
from knowledge.embeddings import backend
from knowledge.retrieval import Passage, SearchResult
from knowledge.words import Vector

# Passages that may lead, and how much may be said.
CANDIDATES = 5
_MAX_BLOCKS = 3
_MAX_SENTENCES = 3
# A further block must be about as near to the question as the best one.
_BLOCK_MARGIN = 0.12

# What makes a passage lead, beside its search score.
_HEADING, _BLOCK = 0.2, 0.2
# An article this near to the leading one may be what was meant: it has its say too.
_RUNNER_UP_MARGIN = 0.1
# How far the leading passage is ahead when no other article is among the candidates.
_ALONE = 0.3

_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z`*\[\"'(])")


@dataclass(frozen=True)
class _Block:
    """A paragraph, list or code block of a passage."""

    text: str
    is_prose: bool


@dataclass(frozen=True)
class Evidence:
    """A passage weighed against the question.

    heading: the cosine of its heading and the question. blocks: its paragraphs with theirs. score: what passages are
    ranked by.
    """

    passage: Passage
    heading: float
    blocks: list[tuple[_Block, float]]
    score: float


def dont_know(turn: TurnContext) -> str:
    """The honest answer to what is not known."""
    return texts.say("dont_know", language.of(turn))


def answer(turn: TurnContext, found: SearchResult, usage: Usage) -> Reply:
    """The answer to the turn's question; blocks (embeds the candidates' paragraphs)."""
    asked = followup.query(turn)
    ranked = weigh(asked, found.passages[:CANDIDATES])
    sure = confidence(signs(ranked, found)) if ranked else 0.0
    if sure < LEAST:
        passages = tuple(found.passages)
        return Reply(dont_know(turn), (), "extractive", usage, passages, answered=False, confidence=sure)
    used = sources(ranked)
    cited = [source.passage for source in used]
    parts = [
        _marked(block, _shorten(asked, block), index)
        for index, (source, most) in enumerate(zip(used, (_MAX_BLOCKS, 1), strict=False), 1)
        for block in _choose(source, most)
    ]
    citations = tuple(Citation(index, passage, quote(passage.text)) for index, passage in enumerate(cited, 1))
    # The passages in the order they are numbered in.
    passages = (*cited, *(passage for passage in found.passages if passage not in cited))
    return Reply("\n\n".join(parts), citations, "extractive", usage, passages, confidence=sure)


def estimate(found: SearchResult) -> float:
    """The same likelihood from the search alone, for an answer that a model gives: nothing is embedded.

    A passage's own nearness stands for its heading's.
    """
    ranked = [Evidence(passage, passage.dense, [], passage.score) for passage in found.passages[:CANDIDATES]]
    return confidence(signs(ranked, found)) if ranked else 0.0


def signs(ranked: list[Evidence], found: SearchResult) -> Signs:
    """What speaks for and against the first of these; there is one at least."""
    lead, runner_up = ranked[0], _runner_up(ranked)
    return Signs(
        match=lead.passage.match,
        lexical=lead.passage.lexical,
        ahead=lead.score - runner_up.score if runner_up else _ALONE,
        unknown=found.unknown,
        weakest=found.weakest,
        commonest=min(found.commonest, RARE),
        nearness=lead.passage.dense - found.background,
        heading=lead.heading,
    )


def _runner_up(ranked: list[Evidence]) -> Evidence | None:
    """The best passage of another article than the leading one."""
    lead = ranked[0].passage.article_id
    return next((evidence for evidence in ranked if evidence.passage.article_id != lead), None)


def sources(ranked: list[Evidence]) -> list[Evidence]:
    """The leading passage, and the best one of another article if it is about as good."""
    lead, runner_up = ranked[0], _runner_up(ranked)
    if runner_up is not None and runner_up.score >= lead.score - _RUNNER_UP_MARGIN:
        return [lead, runner_up]
    return [lead]


def weigh(question: str, passages: list[Passage]) -> list[Evidence]:
    """The passages by how well they seem to answer the question, best first."""
    if not passages:
        return []
    blocks = [_blocks(passage) for passage in passages]
    headings = [passage.heading.rsplit(" › ", 1)[-1] or passage.title for passage in passages]
    texts = [question, *headings, *(block.text for group in blocks for block in group)]
    vectors = iter([encoded.vector for encoded in backend().encode_many(texts)])
    asked = next(vectors)
    by_heading = [_cosine(asked, next(vectors)) for _ in headings]
    by_block = [[(block, _cosine(asked, next(vectors))) for block in group] for group in blocks]
    weighed = []
    for passage, heading, group in zip(passages, by_heading, by_block, strict=True):
        block = max(cosine for _, cosine in group)
        score = passage.score + _HEADING * heading + _BLOCK * block
        weighed.append(Evidence(passage, heading, group, score))
    return sorted(weighed, key=lambda evidence: -evidence.score)


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


def _choose(source: Evidence, most: int) -> list[_Block]:
    """The blocks of a passage that answer best, at most `most`, in reading order."""
    near = max(cosine for _, cosine in source.blocks)
    ranked = sorted(range(len(source.blocks)), key=lambda i: -source.blocks[i][1])[:most]
    return [source.blocks[i][0] for i in sorted(ranked) if source.blocks[i][1] >= near - _BLOCK_MARGIN]


def _marked(block: _Block, text: str, index: int) -> str:
    """A block's text with its citation; the mark of a list or code goes on a line of its own."""
    return f"{text} [{index}]" if block.is_prose else f"{text}\n\n[{index}]"


def _shorten(question: str, block: _Block) -> str:
    """A block as it is, or the run of sentences in a long paragraph that is nearest to the question."""
    sentences = _SENTENCE_END.split(block.text) if block.is_prose else []
    if len(sentences) <= _MAX_SENTENCES:
        return block.text
    vectors = [encoded.vector for encoded in backend().encode_many([question, *sentences])]
    scores = [_cosine(vectors[0], vector) for vector in vectors[1:]]
    starts = range(len(sentences) - _MAX_SENTENCES + 1)
    start = max(starts, key=lambda i: sum(scores[i : i + _MAX_SENTENCES]))
    return " ".join(sentences[start : start + _MAX_SENTENCES])
