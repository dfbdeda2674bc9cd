"""Facts a customer gives in passing, found by patterns: numbers of orders and the like, addresses, names.

A pattern takes what is said plainly and leaves the rest: a fact that is missed can be asked for, a wrong one misleads.
"""

import re

from agents.memory import clean

_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_PHONE = re.compile(
    r"(?:\b(?:phone|tel|telephone|mobile|cell|call me (?:at|on)|telefon|handy|teléfono|móvil|téléphone|portable)\b[^\d+\n]{0,20}|(?=\+))"
    r"(\+?\d[\d ()/.-]{5,20}\d)",
    re.IGNORECASE,
)
# "my name is Ada Lovelace": up to four words that begin as names do.
_NAME = re.compile(
    r"\b(?i:my name is|my name's|ich heiße|mein name ist|me llamo|mi nombre es|je m['’]appelle|mon nom est) "
    r"((?:[^\W\d_a-z][\w'’-]*)(?: (?:[^\W\d_a-z][\w'’-]*|van|von|de|der|da|del|di)){0,3})"
)
# A word for a thing, in its languages, and the slot that its number goes into.
_THINGS = {
    "order": r"order|bestellung|bestell|auftrag|auftrags|pedido|commande",
    "invoice": r"invoice|rechnung|rechnungs|factura|facture",
    "ticket": r"ticket|case|incidencia",
    "booking": r"booking|reservation|buchung|buchungs|reserva|réservation",
    "customer_number": r"customer|account|kunden|cliente|client",
    "contract": r"contract|vertrag|vertrags|contrato|contrat",
    "tracking": r"tracking|sendung|sendungs|seguimiento|suivi",
    "serial": r"serial|serien|serie|série",
}
# Between the two "no.", "number: " and the like. "The account is 77 days old" gives no number: after "is" it has four digits.
_BETWEEN = (
    r"(?:[\s-]?(?:number|nummer|no\.?|nr\.?|id|nº|n°|número|numéro)(?!\w))?"
    r"(?:\s(?:is|ist|es|est)(?=\s[\w/-]*\d{4}))?[\s:#]{1,4}"
)
_NUMBERED = {
    slot: re.compile(
        rf"\b(?:{words})(?:n?°|s)?(?P<how>{_BETWEEN})((?=[\w/-]*\d)\w[\w/-]{{1,39}}+(?![\w/-]))", re.IGNORECASE
    )
    for slot, words in _THINGS.items()
}
# What a number has to have, and may have, that stands behind its word with nothing between.
_PLAIN_DIGITS, _PLAIN_LETTERS = 4, 4
# "the 2nd order", "order 3x": a number, but not the thing's.
_UNITS = re.compile(r"\d+(?:st|nd|rd|th|x|h|am|pm|days?|weeks?|tage?|días?|jours?)\Z", re.IGNORECASE)


def noticed(text: str) -> dict[str, str]:
    """The facts in a customer's text by slot; what is said last counts, as people correct themselves."""
    found: dict[str, str] = {}
    for slot, pattern in (("email", _MAIL), ("phone", _PHONE), ("name", _NAME), *_NUMBERED.items()):
        for match in pattern.finditer(text):
            value = clean(match[match.lastindex or 0].rstrip(".,;:-/"))
            if value and (slot not in _NUMBERED or _is_number(value, plain=not match["how"].strip())):
                found[slot] = value
    return found


def _is_number(value: str, *, plain: bool) -> bool:
    """Whether it names a thing. plain: only a blank stands before it, as in "please order paint9000", so it must look like one."""
    if _UNITS.match(value):
        return False
    digits, letters = sum(map(str.isdigit, value)), sum(map(str.isalpha, value))
    return not plain or (digits >= _PLAIN_DIGITS and letters <= _PLAIN_LETTERS)
