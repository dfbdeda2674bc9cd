"""The page: from what was recorded to Markdown."""

import json
from collections.abc import Iterator
from typing import Any

from tests.docs.recorded.head import HEAD
from tests.docs.recorded.names import Names
from tests.docs.recorded.pictures import WIDTHS, file
from tests.docs.recorded.story import ARTICLES, Frame, Step, Story
from tests.engines import ROOT

PAGE = ROOT / "docs" / "recorded-conversation.md"
# What a conversation is shown with again only when it has changed.
_WATCHED = ("state", "assignee", "queue_position")
_ENGINES = {"llm": "the model", "extractive": "the extractive engine"}
_RISKS = {"read": "reads", "write": "writes"}
_PICTURES = {
    "confirm": ("A write is asked for first", "The card with the exact arguments, and a yes or a no"),
    "outage": ("The model is away", "An answer quoted from an article, marked as such, with its source"),
    "claimed": ("A human agent claims the conversation", "The console: who it is, and the summary of the hand-over"),
    "runs": ("… and closes it", "The console: what the agent did, with each call of a tool"),
}


def written(story: Story) -> str:
    """The whole page."""
    return f"{HEAD}\n{''.join(_Writer(story).pieces())}"


class _Writer:
    def __init__(self, story: Story) -> None:
        self._story = story
        self._names = Names({story.inbox["key"]: "inbox key"})
        self._conversation = story.ready["conversation"]
        self._runs = {run["id"]: run for run in story.runs}

    def pieces(self) -> Iterator[str]:
        yield "## The help centre\n\n"
        for title, body in ARTICLES.values():
            yield f"**{title}.** {' '.join(line for line in body.splitlines() if line and not line.startswith('#'))}\n\n"
        yield f"## The conversation\n\nThe customer's socket begins with\n\n```\n{self._frame(False, self._story.ready)}\n```\n\n"
        for number, step in enumerate(self._story.steps, 1):
            yield f"### {number}. {step.title}\n\n"
            yield from self._step(step)
        yield "## What the shop has\n\nThe refunds in the shop's own books, all of them:\n\n"
        yield f"```json\n{json.dumps(self._story.had)}\n```\n"

    def _step(self, step: Step) -> Iterator[str]:
        for _, frame in step.frames:
            yield from self._said(frame)
        yield from _pictures(step.title)
        lines = [line for sent, frame in _in_order(step.frames) if (line := self._frame(sent, frame))]
        yield "```\n" + "\n".join(lines) + "\n```\n\n"
        for tool, arguments in step.wished:
            yield f"The model asked for `{tool}` with `{arguments}`.\n"
        started = [frame["run"] for _, frame in step.frames if frame["type"] == "answer.started"]
        for run in started:
            yield from self._run(self._runs[run])
        if step.title == "The model is away":
            yield f"The provider was asked {self._story.refused} times, and said 503 each time.\n\n"
        if step.title == "A person, please":
            yield from self._queued()
        if step.title == "A human agent claims the conversation":
            yield from self._claimed()

    def _said(self, frame: Frame) -> Iterator[str]:
        """What people read of a frame."""
        if frame["type"] == "action.requested":
            arguments = ", ".join(f"{name} {value}" for name, value in frame["arguments"].items())
            yield f"> **Card:** {frame['title']} ({arguments}). **Yes** · **No**\n\n"
        if frame["type"] == "action.confirm":
            yield "> **Ada:** presses **Yes**\n\n"
        if frame["type"] != "message.created":
            return
        message = frame["message"]
        who = "Ada" if message["role"] == "customer" else (message["author"] or {}).get("name", "System")
        text = message["text"].replace("\n", "\n> ")
        yield f"> **{who}:** {text}\n\n"
        for cited in message["citations"]:
            where = " › ".join(filter(None, (cited["title"], cited["heading"])))
            yield f"> [{cited['index']}] {where}: “{cited['quote']}”\n\n"

    def _frame(self, sent: bool, frame: Frame) -> str:
        """A frame on one line; empty when nothing of it is new."""
        kind, rest = frame["type"], {name: value for name, value in frame.items() if name != "type"}
        if kind == "conversation.updated":
            rest = {"conversation": self._changed(frame["conversation"])}
            if not rest["conversation"]:
                return ""
        shown = self._names.stable(rest, "message" if kind == "message.ack" else "")
        return f"{'→' if sent else '←'} {kind} {json.dumps(shown, ensure_ascii=False)}"

    def _changed(self, conversation: Frame) -> Frame:
        before, self._conversation = self._conversation, conversation
        return {name: conversation[name] for name in _WATCHED if conversation[name] != before[name]}

    def _run(self, run: Frame) -> Iterator[str]:
        name = self._names.of("run", run["id"])
        how = f", by {_ENGINES[run['engine']]}" if run["engine"] else ""
        calls = (
            f", {run['model_calls']} model call{'s' if run['model_calls'] > 1 else ''}" if run["model_calls"] else ""
        )
        cited = sum(passage["is_cited"] for passage in run["passages"])
        cites = f", {cited} passage{'s' if cited > 1 else ''} cited" if cited else ""
        yield f"*{name}* is {run['state']}: {run['reason']}{how}{calls}{cites}.\n"
        for call in run["calls"]:
            arguments = json.dumps(call["arguments"], ensure_ascii=False)
            yield f"It called `{call['tool']}`, which {_RISKS[call['risk']]}, with `{arguments}`: {call['state']}. The model was told:\n\n"
            yield f"```\n{call['result']}\n```\n"
        yield "\n"

    def _queued(self) -> Iterator[str]:
        names = ("state", "queue_position", "preview", "escalation_reason", "escalation_rule", "unanswered")
        shown = {name: self._story.queued[name] for name in names}
        yield f"In the console's queue (`queue.updated`, of its row what matters here):\n\n```json\n{_json(shown)}\n```\n\n"

    def _claimed(self) -> Iterator[str]:
        yield "Beside the conversation the human agent reads this summary, which was written with the hand-off:\n\n"
        yield f"```\n{self._story.claimed['escalation_note']}\n```\n\nand what the agent remembers:\n\n"
        yield "| fact | value | from message |\n|---|---|---|\n"
        for fact in self._story.claimed["memory"]["slots"]:
            yield f"| {fact['label']} | {fact['value']} | {fact['seq']} |\n"
        yield "\n"


def _in_order(frames: list[tuple[bool, Frame]]) -> list[tuple[bool, Frame]]:
    """As they came, but for what comes a moment sooner or later: acknowledgements, and all but the first words of an answer."""
    spoken = {
        frame["message"]["run"]: frame["message"]["text"] for _, frame in frames if frame["type"] == "message.created"
    }
    kept, seen = [], set()
    for sent, frame in frames:
        if frame["type"] == "answer.delta":
            is_first_words = frame["run"] not in seen and len(frame["text"]) < len(spoken.get(frame["run"], ""))
            seen.add(frame["run"])
            if not is_first_words:
                continue
        kept.append((sent, frame))
    return sorted(kept, key=lambda each: 0 if each[0] else 1 if each[1]["type"] == "message.ack" else 2)


def _pictures(title: str) -> Iterator[str]:
    for moment, (where, text) in _PICTURES.items():
        if where == title:
            for width in WIDTHS:
                yield f"![{text}, {width} pixels wide](images/{file(moment, width)})\n"
            yield "\n"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)
