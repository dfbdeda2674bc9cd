"""Which language a reply is in, for what is said in fixed words; the model is told the rule and sees for itself.

A text is told by its commonest words and the letters that only one of the languages has. One that gives no sign (a number, a
product's name) is taken to be in the language of what was written before it.
"""

import re
from collections import Counter

from django.conf.locale import LANG_INFO

from agents.turn import TurnContext

# Those that fixed texts exist in; anything else falls back to the first.
LANGUAGES = ("en", "de", "es", "fr")

# Words that none of the other languages has.
_WORDS = {
    "en": "the and is are how what why when where who can could do does did my your you we they it's i'm of to for with from "
    "this that these there have has would should please thanks thank hello hi not don't get need want which",
    "de": "der das und ist sind wie warum wann wo wer kann können ich mein meine meinen meiner mir mich sie ihr wir nicht kein "
    "keine ein eine einen für mit von zu zum zur auf bei habe haben hat möchte bitte danke hallo guten wird werden muss noch auch "
    "wenn oder den dem des ja nein viel",
    "es": "el los las y está están cómo qué cuándo dónde quién puedo puede mi mis tengo tiene hay una uno para por con del al "
    "quiero necesito gracias hola favor cuánto pedido buenos pero muy como donde cuando cuanto usted más sí lo",
    "fr": "le les et est sont comment pourquoi quand où qui je puis peux peut mon ma mes j'ai avez vous nous une des du pour avec dans "
    "sur veux voudrais besoin merci bonjour salut ne pas combien quel commande s'il au aux c'est ou votre vos",
}
_LETTERS = {"de": "äöüß", "es": "ñ¿¡", "fr": "çœêèùâîû"}
_LANGUAGES_OF = {word: code for code, words in _WORDS.items() for word in words.split()}
COMMON_WORDS = frozenset(_LANGUAGES_OF)
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")


def detect(text: str) -> str | None:
    """The language of a text, one of LANGUAGES, or None when it gives no sign or as many of two."""
    signs = Counter(_LANGUAGES_OF.get(word.replace("’", "'")) for word in _WORD.findall(text.lower()))
    del signs[None]
    for code, letters in _LETTERS.items():
        signs[code] += any(letter in text.lower() for letter in letters)
    (best, most), (_, second) = (signs + Counter(LANGUAGES)).most_common(2)
    return best if most > second else None


def of(turn: TurnContext) -> str:
    """The language of a turn's fixed texts: the inbox's, or the customer's newest that can be told, or the page's."""
    if not turn.fixed_language:
        wrote = (one.text for one in reversed(turn.history) if one.role == "customer")
        for text in (turn.question, *wrote):
            if code := detect(text):
                return code
    return spoken(turn.locale)


def spoken(locale: str) -> str:
    """The language of a locale such as `de-AT`, as far as fixed texts exist in it."""
    code = locale.lower().replace("_", "-").split("-")[0]
    return code if code in LANGUAGES else LANGUAGES[0]


def rule(turn: TurnContext) -> str:
    """What the model is told about the language; the same for all turns of an inbox."""
    if not turn.fixed_language:
        return "Answer in the customer's language."
    info = LANG_INFO.get(turn.locale.lower().replace("_", "-")) or LANG_INFO.get(spoken(turn.locale), {})
    return f"Answer in {info.get('name', 'English')}, whatever language the customer writes in."
