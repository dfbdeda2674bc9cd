"""What tools said in a turn, and the lists in it: what has a number of items, though the number stands nowhere."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

_LABELLED = re.compile(r"^([^:\n]{1,80}): (?=[\[{])(.+)$", re.MULTILINE)
_WORD = re.compile(r"[A-Z]?[^\W\d_A-Z]+|[A-Z]+")
# Names of what says that a list goes on elsewhere, in words.
_MORE = re.compile(
    r"(?:odata )?(?:(?:has|is) )?(?:next|more|cursor|truncated)(?: page)?(?: (?:cursor|token|url|uri|link))?"
)
_TOTAL = re.compile(r"(?:\w+ )*count|total(?: (?:results|items|records|hits|elements|entries|rows))?")


@dataclass(frozen=True)
class Result:
    """What a tool said. done: the call was made and succeeded. tool: its name; empty when it is the call's arguments."""

    text: str
    tool: str = ""
    done: bool = True


@dataclass(frozen=True)
class Listing:
    """A list in a result. names: its last words, stemmed, any of which is what its items are called.

    own: all words that it is named with. items: all there are.
    """

    names: frozenset[str]
    own: frozenset[str]
    items: list[Any]


def words(text: str) -> list[str]:
    """The words of a text, of camelCase and of snake_case, small."""
    return [word.lower() for word in _WORD.findall(text)]


def stem(word: str) -> str:
    """The same for one and for many, in English: invoice and invoices, entry and entries."""
    return re.sub(r"y$", "i", re.sub(r"(?<!s)(?:es|s|e)$", "", word))


def listings(result: Result) -> Iterator[Listing]:
    """The lists of a result in JSON, or in `Label: JSON` a line, that stand in no other list and do not go on elsewhere."""
    try:
        documents = [(result.tool, _read(result.text))]
    except (ValueError, RecursionError):
        documents = list(_labelled(result.text))
    for name, document in documents:
        fields = list(_fields(name, document))
        found = [(called, value) for called, value in fields if isinstance(value, list)]
        for called, items in found:
            # Where there is one list alone, it is what the tool was asked for, whatever it is called.
            calls = {called, name} if len(found) == 1 else {called}
            named = [words(one) for one in calls if words(one)]
            if not _goes_on(fields, len(items)):
                own = frozenset(stem(word) for each in named for word in each)
                yield Listing(frozenset(stem(each[-1]) for each in named), own, items)


def _labelled(text: str) -> Iterator[tuple[str, Any]]:
    for match in _LABELLED.finditer(text):
        try:
            yield match[1], _read(match[2])
        except (ValueError, RecursionError):
            continue


def _read(text: str) -> Any:
    return json.loads(text, parse_float=Decimal)


def _fields(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    """All that is not in a list, by the name it has."""
    yield name, value
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _fields(key, inner)


def _goes_on(fields: list[tuple[str, Any]], length: int) -> bool:
    """Whether something beside a list says that there is more of it."""
    for name, value in fields:
        called = " ".join(words(name))
        if _MORE.fullmatch(called) and value:
            return True
        if _TOTAL.fullmatch(called) and isinstance(value, int) and value > length:
            return True
    return False
