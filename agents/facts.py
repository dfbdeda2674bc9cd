"""The hard facts in a text: what is either in the source or made up, and can be told apart without a model.

Numbers with their unit, dates, addresses of pages and mailboxes, identifiers, code. A fact is a pair of its kind and its
normal form, so that `1,000 €`, `1000 EUR` and `€1000.00` are the same.
"""

import re
from collections.abc import Iterator

Fact = tuple[str, str]

_URL = re.compile(r"https?://[^\s<>()\[\]\"'`]+", re.IGNORECASE)
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_FENCED = re.compile(r"^[ \t]*(```|~~~)[^\n]*\n(.*?)(?:^[ \t]*\1[ \t]*$|\Z)", re.DOTALL | re.MULTILINE)
_CODE = re.compile(r"(`+)(.+?)\1", re.DOTALL)
# A word with digits in it, such as gpt-4o, E17 or KB2912.
_IDENTIFIER = re.compile(r"(?<![\w.])[A-Za-z_][\w-]*(?:[.\-_/]\w+)*", re.ASCII)
_NUMBER = re.compile(
    r"(?P<before>[$€£¥])?\s?(?P<number>\d+(?:[.,'\u00a0\u202f]\d+)*)\s?(?P<after>%|percent\b|[$€£¥]|(?:usd|eur|gbp|chf|jpy)\b)?",
    re.IGNORECASE,
)
_CURRENCY = re.compile(r"[$€£¥]|\b(?:usd|eur|gbp|chf|jpy)\b", re.IGNORECASE)
_UNITS = {"$": "usd", "€": "eur", "£": "gbp", "¥": "jpy", "percent": "%"}
_MONTH = re.compile(
    r"\b(jan(?:uary)?|feb(?:ruary)?|march|mar|april|apr|may|june|jun|july|jul|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)\b\.?(?=\s+\d)|(?<=\d )(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\w*",
    re.IGNORECASE,
)
_FULL_HOUR = re.compile(r"\b(\d{1,2})[:.]00\b(?!\d)")
_WORDS = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
    "twenty",
]
_IN_WORDS = {word: str(number) for number, word in enumerate(_WORDS)} | {
    "once": "1", "twice": "2", "thirty": "30", "forty": "40", "fifty": "50", "sixty": "60", "seventy": "70",
    "eighty": "80", "ninety": "90", "hundred": "100", "thousand": "1000", "million": "1000000",
}  # fmt: skip
_IN_WORDS_PATTERN = re.compile(rf"\b(?:{'|'.join(_IN_WORDS)})\b", re.IGNORECASE)


def stated(text: str) -> set[Fact]:
    """The facts that an answer states."""
    return set(_facts(text))


def given(text: str) -> set[Fact]:
    """The facts that a source gives, each in all the forms an answer may state it in."""
    facts = set(_facts(text))
    numbers = {value.split(" ")[0] for kind, value in facts if kind == "number"}
    numbers |= {_IN_WORDS[word.lower()] for word in _IN_WORDS_PATTERN.findall(text)}
    units = {value.split(" ")[1] for kind, value in facts if kind == "number" and " " in value}
    # A unit may stand at the head of a table's column, in a field of its own beside the amount, or be left out of an answer.
    units |= currencies(text)
    bare = {value for kind, value in facts if kind == "number" and " " not in value}
    facts |= {("number", number) for number in numbers} | {("number", f"{n} {unit}") for n in bare for unit in units}
    return facts | {("word", word) for word in re.findall(r"[\w-]+", text.lower())}


def currencies(text: str) -> set[str]:
    """The currencies that a text names, as units of facts."""
    return {_UNITS.get(unit, unit) for unit in map(str.lower, _CURRENCY.findall(text))}


def _facts(text: str) -> Iterator[Fact]:
    for pattern, kind in ((_URL, "url"), (_MAIL, "mail")):
        for match in pattern.finditer(text):
            yield kind, match[0].rstrip(".,;:!?*_").rstrip("/").lower()
        text = pattern.sub(" ", text)
    for match in _IDENTIFIER.finditer(text):
        if any(character.isdigit() for character in match[0]):
            yield "identifier", match[0].lower()
    text = _IDENTIFIER.sub(lambda match: re.sub(r"\S", "_", match[0]) if re.search(r"\d", match[0]) else match[0], text)
    text = _FULL_HOUR.sub(r"\1", text)
    for match in _MONTH.finditer(text):
        yield "month", match[0].strip()[:3].lower()
    for match in _NUMBER.finditer(text):
        unit = (match["before"] or match["after"] or "").lower()
        yield "number", " ".join(filter(None, (normal(match["number"]), _UNITS.get(unit, unit))))


def normal(number: str) -> str:
    """Digits without what groups them, and without a fraction of nothing."""
    number = re.sub(r"['\u00a0\u202f]", "", number)
    number = re.sub(r"[.,](?=\d{3}(?:\D|$))", "", number)
    whole, _, fraction = number.replace(",", ".").partition(".")
    fraction = fraction.rstrip("0")
    return (whole.lstrip("0") or "0") + (f".{fraction}" if fraction else "")


def code(text: str) -> set[str]:
    """The lines of code in a text, blanks between words as one."""
    blocks = [match[2] for match in _FENCED.finditer(text)]
    blocks += [match[2] for match in _CODE.finditer(_FENCED.sub(" ", text))]
    return {" ".join(line.split()) for block in blocks for line in block.splitlines() if line.strip()}


def without_code(text: str) -> str:
    """The text without its code, whose numbers are checked as parts of their lines."""
    return _CODE.sub(" ", _FENCED.sub(" ", text))
