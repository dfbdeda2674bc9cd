"""Numbers that stand in no tool's result and follow from one: how many items a list has, and what they come to.

A number counts for nothing by itself, or a long list would bear out every small one. It has to stand before what the
result calls the items, or before a value that some of them have, and be their exact number.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from agents import facts
from agents.facts import Fact
from agents.results import Listing, Result, listings, stem, words

# What an item is called stands within so many words after its number; what is said of it within so many.
_TO_NAME, _TO_VALUE = 5, 9
_VALUE_WORDS = 3
# One word of two letters is too often another one: IN and IS are countries.
_VALUE_LETTERS = 3
_CLAUSE = re.compile(r"[^.,;:!?()\[\]|–—\n\d]*")
_JOINED = re.compile(r"\s(?:and|or|but|while|whereas)\s", re.IGNORECASE)
_SUM = re.compile(r"\b(?:total\w*|sum|sums|altogether|together|combined|overall|in all)\b", re.IGNORECASE)
# What may stand between a number and what is counted without saying which of the items are meant.
_PLAIN = {
    "of", "the", "your", "my", "our", "their", "his", "her", "its", "these", "those", "all", "different", "separate", "recent",
}  # fmt: skip
# What may stand between a number and what is said of those counted: "two of them are still open".
_LINKING = _PLAIN | {
    "them", "is", "are", "was", "were", "has", "have", "had", "been", "being", "still", "already", "now", "marked", "as",
}  # fmt: skip

_Words = tuple[str, ...]


@dataclass(frozen=True)
class _Counted:
    """A list, looked through once. values: how its items can be told apart, by their words; of which items each is true."""

    listing: Listing

    @cached_property
    def values(self) -> dict[_Words, set[int]]:
        found: dict[_Words, set[int]] = {}
        for place, item in enumerate(self.listing.items):
            for value in _values(item):
                found.setdefault(value, set()).add(place)
        return found

    def meant(self, said: Sequence[str]) -> set[int]:
        """The places of the items that have all the values that are said."""
        true = [places for value, places in self.values.items() if _stands(value, said)]
        return set(range(len(self.listing.items))).intersection(*true)


class Derived:
    """What follows from what tools said in a turn."""

    def __init__(self, results: Sequence[Result]) -> None:
        self._results = results

    @cached_property
    def _lists(self) -> list[_Counted]:
        return [_Counted(listing) for result in self._results for listing in listings(result)]

    def bears_out(self, fact: Fact, sentence: str, answer: str) -> bool:
        """Whether a number that `sentence` states is how many there are, or what they come to. answer: all that is said."""
        if fact[0] != "number" or not self._lists:
            return False
        talked_of = _stems(answer)
        named = [one for one in self._lists if one.listing.names & set(talked_of)]
        return self._counts(fact[1], sentence, named) or self._sums(fact[1], sentence, named)

    def _counts(self, number: str, sentence: str, named: list[_Counted]) -> bool:
        """Each time that the number stands there it has to count something."""
        if not number.isdecimal():
            return False
        alone = rf"(?<![\w.,$€£¥/-]){number}(?!\w|[.,]\d|\s?[%$€£¥])"
        said = [_stems(_clause(sentence[match.end() :])) for match in re.finditer(alone, sentence)]
        return bool(said) and all(any(_is_count(int(number), after, one) for one in named) for after in said)

    def _sums(self, number: str, sentence: str, named: list[_Counted]) -> bool:
        if not _SUM.search(sentence):
            return False
        units = facts.currencies("\n".join(result.text for result in self._results))
        said = _stems(sentence)
        return any(number in _totals([one.listing.items[place] for place in one.meant(said)], units) for one in named)


def _is_count(number: int, after: list[str], counted: _Counted) -> bool:
    """Whether so many items are what is said after the number: by their name and values, or by values alone."""
    names = counted.listing.names
    at = next((place for place, word in enumerate(after[:_TO_NAME]) if word in names), None)
    if at is None:
        start = next((place for place, word in enumerate(after) if word not in _LINKING), len(after))
        said = after[start:_TO_VALUE]
        begins = any(tuple(said[: len(value)]) == value for value in counted.values)
        return begins and number == len(counted.meant(said))
    told = {word for value in counted.values if _stands(value, after[:at]) for word in value}
    if not set(after[:at]) <= _PLAIN | told | counted.listing.own:
        return False
    return number == len(counted.meant(after[:_TO_VALUE]))


def _clause(text: str) -> str:
    """The beginning of a text, up to where something else begins."""
    plain = re.sub(r"[*`]", "", text)
    return _JOINED.split(_CLAUSE.match(plain)[0])[0]  # type: ignore[index]


def _stems(text: str) -> list[str]:
    return [word if word in _LINKING else stem(word) for word in words(text)]


def _stands(value: _Words, said: Sequence[str]) -> bool:
    return any(tuple(said[place : place + len(value)]) == value for place in range(len(said)))


def _values(item: Any) -> Iterator[_Words]:
    """What can be said of an item in a few words: the texts in its fields, and the names of what is true of it."""
    for name, value in item.items() if isinstance(item, dict) else [("", item)]:
        said = value if isinstance(value, str) else name if value is True else ""
        found = tuple(stem(word) for word in words(said) if word not in ("is", "has") or value is not True)
        if 0 < len(found) <= _VALUE_WORDS and len("".join(words(said))) >= _VALUE_LETTERS:
            yield found


def _totals(items: list[Any], units: set[str]) -> set[str]:
    """What each column of numbers comes to, as facts have it; nothing where currencies differ or a number is missing."""
    if len(items) < 2 or not all(isinstance(item, dict) for item in items):
        return set()
    columns = {name: [item.get(name) for item in items] for name in items[0]}
    texts = (value for column in columns.values() for value in column if isinstance(value, str))
    currencies = facts.currencies("\n".join(texts))
    if len(currencies) > 1:
        return set()
    sums = [sum(numbers) for column in columns.values() if (numbers := _numbers(column))]
    bare = {facts.normal(f"{total:f}") for total in sums}
    return bare | {f"{number} {unit}" for number in bare for unit in currencies or units}


def _numbers(column: list[Any]) -> list[Decimal]:
    """A column as numbers; empty when it is none. Whole numbers in quotes are names of things."""
    found = []
    for value in column:
        is_text = isinstance(value, str) and re.fullmatch(r"-?\d+\.\d+", value)
        if not is_text and (isinstance(value, bool) or not isinstance(value, int | Decimal)):
            return []
        found.append(Decimal(value))
    return found
