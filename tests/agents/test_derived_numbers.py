"""How many there are, and what they come to, follows from a tool's result without standing in it; nothing else does."""

import json
from types import SimpleNamespace

import pytest

from agents.grounding import Sources
from agents.results import Result
from tests.agents.conftest import context_of

INVOICES = [
    {"number": "R-1", "amount": 49.9, "currency": "EUR", "state": "open", "is_disputed": True},
    {"number": "R-2", "amount": 100, "currency": "EUR", "state": "open", "is_disputed": False},
    {"number": "R-3", "amount": "20.10", "currency": "EUR", "state": "in_collection", "is_disputed": False},
    {"number": "R-4", "amount": 3.5, "currency": "EUR", "state": "paid", "is_disputed": False},
    {"number": "R-5", "amount": 7.25, "currency": "EUR", "state": "paid", "is_disputed": False},
]
SHAPES = {
    "by its key": Result(json.dumps({"invoices": INVOICES}), "look_up"),
    "deeper": Result(json.dumps({"data": {"openInvoices": INVOICES}, "links": {"next": None}}), "look_up"),
    "by the tool": Result(json.dumps(INVOICES), "acme_list_invoices"),
    "in a wrapper, by the tool": Result(json.dumps({"data": INVOICES, "total": 5}), "list_invoices"),
    "by its label": Result(f"Customer: Ada\nInvoices: {json.dumps(INVOICES)}", "look_up"),
}
COUNTS = [
    "You have 5 invoices.",
    "You have **5** invoices.",
    "There are 5 of your invoices here.",
    "You have 2 open invoices.",
    "2 of your invoices are open.",
    "You have 5 invoices: 2 are open, 2 paid and 1 in collection.",
    "Your invoices:\n\n- 2 of them are still open\n- 1 is disputed",
    "1 invoice is in collection.",
    "1 of the open invoices is disputed.",
    "You have 5 invoices, R-5 among them.",
]
NO_COUNTS = [
    "You have 6 invoices.",
    "You have 3 open invoices.",
    "5 of your invoices are open.",
    "2 invoices are in collection.",
    "You have 5 unpaid invoices.",
    "You have 5 orders.",
    "You have 2 of something open.",
    "Your invoices are due in 5 days.",
    "Your 5 invoices are due in 5 days.",
    "Pay your invoices 2 weeks before they are open.",
    "Your invoices cost 5 EUR.",
    "You have 5 % of your invoices.",
]


def sources(*results: Result, passages: tuple = ()) -> Sources:
    return Sources(context_of(""), passages, results)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("answer", COUNTS)
def test_how_many_there_are_may_be_said(shape, answer):
    """Red when `Sources` asks only for numbers that stand in a result."""
    assert sources(SHAPES[shape]).unsupported(answer) == []


@pytest.mark.parametrize("answer", NO_COUNTS)
def test_how_many_there_are_not_may_not(answer):
    """Red when `_is_count` says yes to any number of items, to any list, or whatever stands behind the number."""
    assert len(sources(SHAPES["by its key"]).unsupported(answer)) == 1


def test_long_lists_bear_out_no_small_numbers():
    """Five hundred items of which 1, 2, 3 … have a value each. Red when `_counts` takes any count for any number."""
    states = [chr(97 + step) * 4 for step in range(26) for _ in range(step + 1)]
    parcels = [{"state": state, "number": f"P{place}"} for place, state in enumerate(states)]
    asked = sources(Result(json.dumps({"parcels": parcels}), "list_parcels"))
    assert asked.unsupported(f"You have {len(parcels)} parcels, 3 parcels are cccc.") == []
    for number in range(1, 27):
        for rest in ("days", "parcels", "of your parcels", "of them are late", "parcels are zzzy", "euros", ""):
            assert asked.unsupported(f"Your parcels: {number} {rest}"), (number, rest)


@pytest.mark.parametrize(
    ("beside", "is_whole"),
    [
        ({"next": None, "count": 2}, True),
        ({"meta": {"has_more": False, "total": 2}, "discount": 20}, True),
        ({"next": "https://example.org/?page=2"}, False),
        ({"pageInfo": {"hasNextPage": True}}, False),
        ({"nextPageToken": "x"}, False),
        ({"count": 57}, False),
        ({"meta": {"total_count": 57}}, False),
    ],
)
def test_a_page_of_a_longer_list_has_no_number(beside, is_whole):
    """Red when `listings` does not ask whether a list goes on elsewhere."""
    result = Result(json.dumps({"orders": [{"id": "a"}, {"id": "b"}], **beside}))
    assert (sources(result).unsupported("You have 2 orders.") == []) == is_whole


@pytest.mark.parametrize(
    "result",
    [
        Result("Orders: a pot and a cup"),
        Result('{"orders": [{"id": "a"}, {"id": "b"'),  # cut
        Result('{"customers": [{"orders": ["a", "b"]}, {"orders": ["c"]}]}'),
        Result("[" * 5_000),
        Result('["a", "b"]'),
    ],
    ids=["words", "cut", "in another list", "deep", "nameless"],
)
def test_what_is_no_list_of_its_own_has_no_number(result):
    assert len(sources(result).unsupported("You have 2 orders.")) == 1


def test_an_article_has_no_numbers_but_its_own():
    """Red when passages are looked through for lists."""
    article = SimpleNamespace(title="", heading="", url="", text=json.dumps({"invoices": INVOICES}))
    asked = sources(passages=(article,))
    assert len(asked.unsupported("You have 5 invoices [1].")) == 1
    assert len(asked.unsupported("You have 5 invoices.")) == 1


SUMS = [
    "Your invoices come to 180.75 EUR in total.",
    "The total of your invoices is 180,75 €.",
    "Your open invoices come to 149.90 € together.",
]
NO_SUMS = [
    "Your invoices come to 180.75 EUR.",
    "Your invoices come to 180.75 USD in total.",
    "Your invoices come to 149.90 € in total.",
    "Your open invoices come to 180.75 € together.",
    "All orders cost 180.75 EUR in total.",
]


@pytest.mark.parametrize("answer", SUMS)
def test_what_they_come_to_may_be_said(answer):
    """Red when `bears_out` leaves sums out."""
    assert sources(SHAPES["by its key"]).unsupported(answer) == []


@pytest.mark.parametrize("answer", NO_SUMS)
def test_what_they_do_not_come_to_may_not(answer):
    """Red when `_sums` does not ask for a word of sums, for the values that are said, or `_totals` for the currency."""
    assert len(sources(SHAPES["by its key"]).unsupported(answer)) == 1


def test_what_cannot_be_added_up_is_not():
    """Red when `_totals` adds up different currencies, or a column with a gap."""
    mixed = [{"amount": 1.5, "currency": "EUR"}, {"amount": 2.25, "currency": "USD"}]
    gap = [{"amount": 1.5}, {"amount": None}, {"amount": 2.25}]
    for invoices in (mixed, gap):
        asked = sources(Result(json.dumps({"invoices": invoices})))
        assert len(asked.unsupported("Your invoices come to 3.75 in total.")) == 1
