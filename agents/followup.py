"""What to search for when a question leans on what was said before: "and how much is that?".

A question with words of its own is searched as it is: put in front of it, earlier messages find more of what they were about than
of what is asked now (docs/memory.md has the figures). One that has hardly any gets those of the customer's messages before it.
"""

import re
from collections.abc import Sequence

from agents import intents
from agents.language import COMMON_WORDS
from agents.turn import TurnContext, Utterance

# A question with more words of its own stands by itself.
OWN_WORDS = 1
# Messages looked back through, and the characters of each that count.
BACK_MESSAGES = 3
BACK_CHARACTERS = 300

# Words that say nothing of what a question is about, beside the commonest of each language.
_EMPTY = COMMON_WORDS | frozenset(
    [
        "a",
        "about",
        "also",
        "an",
        "any",
        "as",
        "at",
        "be",
        "been",
        "being",
        "but",
        "by",
        "doing",
        "don't",
        "had",
        "having",
        "he",
        "her",
        "here",
        "hers",
        "him",
        "his",
        "if",
        "in",
        "into",
        "its",
        "just",
        "know",
        "let",
        "like",
        "make",
        "me",
        "more",
        "most",
        "no",
        "off",
        "on",
        "once",
        "one",
        "ones",
        "only",
        "or",
        "other",
        "our",
        "out",
        "over",
        "own",
        "please",
        "same",
        "she",
        "should",
        "so",
        "some",
        "such",
        "tell",
        "than",
        "that's",
        "their",
        "them",
        "then",
        "thing",
        "things",
        "those",
        "through",
        "too",
        "under",
        "until",
        "up",
        "us",
        "use",
        "used",
        "using",
        "very",
        "was",
        "way",
        "were",
        "what's",
        "while",
        "will",
        "work",
        "works",
        "yes",
        "ok",
        "okay",
        "das",
        "dies",
        "dieses",
        "diese",
        "dieser",
        "damit",
        "dafür",
        "dazu",
        "davon",
        "dabei",
        "dann",
        "es",
        "was",
        "welche",
        "welcher",
        "gibt",
        "geht",
        "eso",
        "esto",
        "ese",
        "esa",
        "este",
        "qué",
        "también",
        "entonces",
        "ello",
        "y",
        "o",
        "en",
        "a",
        "ça",
        "cela",
        "celui",
        "celle",
        "cette",
        "ce",
        "ces",
        "alors",
        "mais",
        "en",
        "il",
        "elle",
        "elles",
        "quoi",
    ]
)
_WORD = re.compile(r"[^\W_][\w'’-]*")


def own_words(text: str) -> list[str]:
    """The words of a text that say what it is about, each once."""
    words = (word.replace("’", "'") for word in _WORD.findall(text.lower()))
    return list(dict.fromkeys(word for word in words if len(word) > 1 and word not in _EMPTY))


def query(turn: TurnContext) -> str:
    """What to search for: the turn's question, and what it leans on."""
    own = own_words(turn.question)
    if len(own) > OWN_WORDS:
        return turn.question
    topic = [word for word in own_words(_topic(turn.history)) if word not in own]
    return " ".join([turn.question, *topic])


def _topic(history: Sequence[Utterance]) -> str:
    """The customer's newest messages, back to one that stands by itself, the oldest first."""
    topic: list[str] = []
    asked = (one.text for one in reversed(history) if one.role == "customer" and intents.recognise(one.text) is None)
    for text in asked:
        topic.insert(0, text[:BACK_CHARACTERS])
        if len(own_words(text)) > OWN_WORDS or len(topic) == BACK_MESSAGES:
            break
    return "\n".join(topic)
