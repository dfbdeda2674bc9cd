"""Whatever a customer can reach is searched for what they left there. A new table, column or key is searched as well."""

import pytest

from config.common import redis
from sessions_app.models import Customer
from support.models import EscalationSimulation, Spending
from support.privacy import erasing
from tests.privacy.looking import in_redis, in_tables, spellings
from tests.privacy.planting import plant

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def nothing_else():
    redis.client().flushdb()


def left(texts) -> dict[str, str]:
    return in_tables(texts) | in_redis(texts)


def test_nothing_of_an_erased_customer_is_left_anywhere():
    """Red when `removing.conversations` leaves tool calls, `removing.mentions` leaves simulations or the admin's log,
    `erase` ends no sessions, or `_erase_rows` leaves visitors."""
    planted = plant()
    texts = list(planted.texts.values())
    # Each can be found before: the search is worth something.
    assert set(left(texts)) == set(texts)
    erasing.erase(planted.customer.id, "rita")
    assert left(["canary-", *texts, *spellings(planted.ids)]) == {}


def test_everything_of_others_stays():
    """Red when the look-ups of `removing` name no ids."""
    planted, other = plant(), plant("other")
    before = left(list(other.texts.values()))
    erasing.erase(planted.customer.id, "rita")
    assert left(list(other.texts.values())) == before
    assert Customer.objects.count() == 2
    assert [len(row.result["listed"]) for row in EscalationSimulation.objects.order_by("id")] == [1, 2]


def test_what_was_spent_stays_spent_on_nobody():
    planted = plant()
    erasing.erase(planted.customer.id, "rita")
    [row] = Spending.objects.all()
    assert (row.conversation_id, row.tokens) == (None, 7)
