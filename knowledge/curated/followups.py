"""What can only be understood together with what was said before it: "and for teams?", "how much?", "why is that?"."""

import re

# A shorter text leans on what was said before; so does one that begins by taking it up, or points back to it.
_ALONE = 4
_TAKES_UP = re.compile(
    r"^(?:and|or|but|so|then|what about|how about|what if|und|oder|aber|y|pero|et|mais)\b", re.IGNORECASE
)
_POINTS_BACK = re.compile(r"\b(?:it|its|that|this|these|those|them|they|there|one|ones|instead|else)\b", re.IGNORECASE)
_WORD = re.compile(r"\w+")


def leans(text: str) -> bool:
    """Whether a text seems to lean on what was said before."""
    stripped = text.strip()
    return (
        len(_WORD.findall(stripped)) < _ALONE or bool(_TAKES_UP.match(stripped)) or bool(_POINTS_BACK.search(stripped))
    )


def same(text: str, other: str) -> bool:
    """Whether two texts have the same words in the same order."""
    return _WORD.findall(text.casefold()) == _WORD.findall(other.casefold())
