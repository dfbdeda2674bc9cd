"""What code watches over, whatever the prompt says: orders hidden in text, and our own instructions on their way out.

What an injected order could do is bounded elsewhere: a tool's risk class decides what runs unasked (agents.modelturn),
passages cannot leave their fence (agents.prompts), citations are resolved and claims checked on the server. Here orders are
noticed, told to the model as such, and logged.
"""

import base64
import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

_ORDERS = re.compile(
    r"\b(?:ignore|disregard|forget|override|bypass)\b.{0,40}\b(?:instruction|prompt|rule|guideline|direction|polic|above|previous|prior|"
    r"earlier|were told)"
    r"|\b(?:you are now|act as|pretend to be|roleplay as|please be)\b.{0,12}\b(?:dan\b|an? unrestricted|the system|root|my grandmother|in "
    r"developer mode|an? admin)"
    r"|\b(?:new task|new instruction|hidden instruction|secret instruction|developer mode|system prompt)\b"
    r"|\b(?:without|no|skip the) (?:confirmation|asking|rules)\b|\b(?:do not|don't|never) (?:ask|mention|tell)\b.{0,30}\b(?:again|user|customer|"
    r"rule|anyone)"
    r"|(?:^|\n)\s*(?:#+\s*)?(?:system|assistant|developer)\s*(?:message|prompt)?\s*:|<\|?/?(?:im_start|im_end|system|endoftext)"
    r"|\[/?(?:inst|system)\]|<</?sys>>|<!--\s*(?:assistant|system|ai)\b"
    r"|\bnote to (?:the|any) (?:ai|model|assistant|language model|bot)|\bthe (?:operator|administrator|developer) says\b"
    r"|\b(?:call|invoke|trigger)\b.{0,20}\b(?:tool|function)\b|\b(?:call|invoke|run) \w+_\w+\s*[({]",
    re.DOTALL,
)
# What is in none of them need not be looked at closely.
_TRIGGER = re.compile(
    r"ignore|disregard|forget|override|bypass|you are now|act as|pretend to|roleplay|please be|new task|instruction|developer|"
    r"system|confirmation|without asking|do not|don't|never|assistant|im_|inst\]|call|invoke|trigger|run \w+_|says|note to|<!--"
)
_ENCODED = re.compile(r"[A-Za-z0-9+/]{40,}={0,2}")
_SHINGLE_WORDS = 9


@lru_cache(4096)  # the same passages are found again and again
def orders(text: str) -> bool:
    """Whether a text reads as if it gave the model orders, also when it is encoded or spelt with look-alikes."""
    return any(_ORDERS.search(reading) for reading in _readings(text) if _TRIGGER.search(reading))


def _readings(text: str) -> Iterator[str]:
    if not text.isascii():
        text = "".join(c for c in unicodedata.normalize("NFKC", text) if unicodedata.category(c) != "Cf")
    yield text.lower()
    for match in _ENCODED.finditer(text):
        for decode in (bytes.fromhex, base64.b64decode):
            try:
                yield decode(match[0]).decode("utf-8", "replace").lower()
            except ValueError:
                pass


def repeats(text: str, prompt: str) -> bool:
    """Whether a text contains nine words of our instructions in a row."""
    said, ours = _words(text), _words(prompt)
    shingles = {tuple(ours[i : i + _SHINGLE_WORDS]) for i in range(len(ours) - _SHINGLE_WORDS + 1)}
    return any(tuple(said[i : i + _SHINGLE_WORDS]) in shingles for i in range(len(said) - _SHINGLE_WORDS + 1))


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())
