"""What to search for when a question leans on what was said before: "and how much is that?".

A question that stands by itself is searched as it is. One that leans (it is short, or points back with a word such as "it")
is searched together with the customer's messages before it, back to one that stands by itself.
"""

import re
from collections.abc import Sequence

from agents import intents
from agents.turn import TurnContext, Utterance

# A question of fewer words leans on what was said before.
SHORT_WORDS = 6
# One of more words says enough by itself, whatever it points to.
LONG_WORDS = 25
# Messages looked back through, and the characters of all of them that are searched with.
BACK_MESSAGES = 3
BACK_CHARACTERS = 300

_POINTS_BACK = re.compile(
    r"^\W*(?:and|or|but|so|then|what about|how about|und|oder|aber|dann|was ist mit|y|o|pero|entonces|et|ou|mais|alors)\b"
    r"|\b(?:it|its|this|that|these|those|they|them|their|there|one|ones|both|same|instead"
    r"|es|das|dies|diese[rsmn]?|damit|dafür|dazu|davon|dabei|dort|ihn|ihm"
    r"|eso|esto|ese|esa|este|esta|allí|ello|ça|cela|celui|celle|ceux)\b",
    re.IGNORECASE,
)


def leans(question: str) -> bool:
    """Whether a question cannot be understood without what was said before."""
    words = len(question.split())
    return words < SHORT_WORDS or (words < LONG_WORDS and _POINTS_BACK.search(question) is not None)


def query(turn: TurnContext) -> str:
    """What to search for: the turn's question, with what it leans on in front."""
    if not leans(turn.question):
        return turn.question
    return "\n".join([*_topic(turn.history), turn.question])


def _topic(history: Sequence[Utterance]) -> list[str]:
    """The customer's newest messages, back to one that stands by itself, the oldest first."""
    topic: list[str] = []
    room = BACK_CHARACTERS
    asked = (one.text for one in reversed(history) if one.role == "customer" and intents.recognise(one.text) is None)
    for text in asked:
        topic.insert(0, text[:room])
        room -= len(text)
        if not leans(text) or room <= 0 or len(topic) == BACK_MESSAGES:
            break
    return topic
