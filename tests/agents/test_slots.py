"""Facts that customers give in passing are found; what only looks like one is not."""

import pytest

from agents.memory import VALUE_CHARACTERS
from agents.slots import noticed


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("Where is my order 10023?", {"order": "10023"}),
        ("order number: A-10023/7.", {"order": "A-10023/7"}),
        ("my order is 10023", {"order": "10023"}),
        ("Meine Bestellung Nr. 4711 fehlt", {"order": "4711"}),
        ("mi pedido 8812 no llega", {"order": "8812"}),
        ("ma commande n° 8812", {"order": "8812"}),
        ("I am carla@example.org, invoice no. R-77", {"email": "carla@example.org", "invoice": "R-77"}),
        ("My name is Ada Lovelace and I need help", {"name": "Ada Lovelace"}),
        ("ich heiße Jürgen von Berg.", {"name": "Jürgen von Berg"}),
        ("call me at +49 170 1234567", {"phone": "+49 170 1234567"}),
        ("Kundennummer: K-99, tracking 1Z999AA1", {"customer_number": "K-99", "tracking": "1Z999AA1"}),
    ],
)
def test_what_is_given(text, facts):
    assert noticed(text) == facts


@pytest.mark.parametrize(
    "text",
    [
        "the account is 77 days old",
        "I ordered 3 items in order 2nd",
        "in case 5 people come",
        "please order A4 paper",
        "please order paint9000",
        "my name is not important",
        "version 3.2.1 of the app, costs 14 €",
        "order " + "1" * 60,
    ],
)
def test_what_is_none(text):
    """Red when `_is_number` says so of everything."""
    assert noticed(text) == {}


def test_people_correct_themselves():
    """Red when `noticed` keeps the first match."""
    assert noticed("it is not order 10023 but order 10024") == {"order": "10024"}


@pytest.mark.parametrize(("length", "kept"), [(VALUE_CHARACTERS, True), (VALUE_CHARACTERS + 1, False)])
def test_a_value_has_a_length(length, kept):
    """Red when `clean` takes any length."""
    address = "a" * (length - len("@example.org")) + "@example.org"
    assert ("email" in noticed(f"I am {address}")) is kept
