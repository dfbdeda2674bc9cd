"""Citations: the model writes `[n]`, the server decides what that is.

Indexes that name no retrieved passage are dropped from the text, in the stream as in the finished answer. Code is left
alone: `argv[1]` is not a citation.
"""

import re
from collections.abc import Sequence

from agents.turn import Citation
from knowledge.retrieval import Passage

QUOTE_CHARACTERS = 400

_MARK = re.compile(r" ?\[(\d{1,3})\]")
_PARTIAL_MARK = re.compile(r" ?(\[\d{0,3})?\Z")


class CitationFilter:
    """Takes the model's text piece by piece; gives back what may be shown, and keeps note of what was cited."""

    def __init__(self, passages: Sequence[Passage]) -> None:
        # The list may grow while the model works: further searches append to it.
        self._passages = passages
        self._held = ""
        self._code_fence = ""
        self.cited: list[int] = []

    def feed(self, text: str) -> str:
        """The showable part of what came so far; the start of a possible mark is held back."""
        return self._take(self._held + text, final=False)

    def finish(self) -> str:
        """What was held back."""
        return self._take(self._held, final=True)

    def _take(self, text: str, *, final: bool) -> str:
        # Text is cut at runs of backticks, which open and close code.
        parts = re.split(r"(`+)", text)
        self._held = ""
        shown = []
        for position, part in enumerate(parts):
            last = position == len(parts) - 1
            if part.startswith("`"):
                if (last and not final) or (not last and parts[position + 1 :] == [""] and not final):
                    # The run of backticks may go on in the next piece.
                    self._held = part
                    break
                self._toggle(part)
                shown.append(part)
            elif self._code_fence:
                shown.append(part)
            else:
                if last and not final and (partial := _PARTIAL_MARK.search(part)):
                    self._held = partial[0]
                    part = part[: partial.start()]
                shown.append(_MARK.sub(self._resolve, part))
        return "".join(shown)

    def _toggle(self, ticks: str) -> None:
        if not self._code_fence:
            self._code_fence = ticks
        elif ticks == self._code_fence:
            self._code_fence = ""

    def _resolve(self, match: re.Match[str]) -> str:
        index = int(match[1])
        if not 1 <= index <= len(self._passages):
            return ""
        if index not in self.cited:
            self.cited.append(index)
        return f"{match[0][: match[0].index('[')]}[{index}]"  # `[01]` is 1

    def citations(self) -> tuple[Citation, ...]:
        """The citations of the text so far, by index."""
        return tuple(
            Citation(index, self._passages[index - 1], quote(self._passages[index - 1].text))
            for index in sorted(self.cited)
        )


def quote(text: str) -> str:
    """The beginning of a passage, cut at a word, for showing it beside the answer."""
    if len(text) <= QUOTE_CHARACTERS:
        return text
    return text[:QUOTE_CHARACTERS].rsplit(None, 1)[0] + " …"
