"""So many and no more, per key; and what happens when Redis, which counts, is away."""

import json
import uuid

import pytest

from config.common.errors import RateLimited, Unavailable
from config.common.ratelimit import Policy
from config.common.rates import Rate
from config.middleware import RateLimitMiddleware


def policy(count: int = 2, seconds: int = 3600, *, fail_open: bool = True) -> Policy:
    return Policy(f"test-{uuid.uuid4().hex}", Rate(count, seconds), fail_open)


def test_as_many_as_allowed_and_no_more():
    """Red when _TAKE takes no token away."""
    limit = policy(2)
    limit.check("a")
    limit.check("a")
    with pytest.raises(RateLimited) as caught:
        limit.check("a")
    assert 1790 <= caught.value.extra["retry_after"] <= 1800


def test_keys_do_not_count_for_each_other():
    limit = policy(1)
    limit.check("a")
    limit.check("b")


def test_policies_do_not_count_for_each_other():
    policy(1).check("a")
    policy(1).check("a")


def test_tokens_come_back():
    limit = policy(50, 1)
    taken = 0
    with pytest.raises(RateLimited):
        while True:
            limit.check("a")
            taken += 1
    assert taken >= 50


@pytest.mark.parametrize(("wait", "told"), [(0.001, 1), (1, 1), (1.001, 2), (2, 2), (2.0001, 3), (2.5, 3), (59.2, 60)])
def test_retry_after_is_never_too_short(wait, told):
    assert RateLimited(wait).extra["retry_after"] == told


def test_some_things_cost_more_than_one():
    """Red when _TAKE takes 1 whatever the cost."""
    limit = policy(10)
    limit.check("a", 7)
    with pytest.raises(RateLimited) as caught:
        limit.check("a", 4)
    assert 355 <= caught.value.extra["retry_after"] <= 360
    limit.check("a", 3)


def test_what_costs_more_than_the_bucket_holds_needs_a_full_one():
    """Red when `check` needs the whole cost: it would never be admitted."""
    limit = policy(10)
    limit.check("a", 15)
    with pytest.raises(RateLimited) as caught:
        limit.check("a", 15)
    # A debt of 5, and 10 until it is full again.
    assert 5395 <= caught.value.extra["retry_after"] <= 5400


def test_what_was_spent_is_taken_without_asking():
    """Red when `debit` refuses what is not there."""
    limit = policy(10)
    limit.debit("a", 12)
    with pytest.raises(RateLimited) as caught:
        limit.check("a")
    assert 1075 <= caught.value.extra["retry_after"] <= 1080


def test_a_debt_is_bounded():
    """Red without the lower bound in _TAKE: one bill would close the door for a year."""
    limit = policy(10)
    limit.debit("a", 10**9)
    with pytest.raises(RateLimited) as caught:
        limit.check("a")
    assert caught.value.extra["retry_after"] <= 11 * 360


def test_what_was_not_needed_is_given_back():
    limit = policy(10)
    limit.check("a", 8)
    limit.debit("a", -5)
    limit.check("a", 7)
    limit.debit("a", -(10**9))
    limit.check("a", 10)
    with pytest.raises(RateLimited):
        limit.check("a")


def test_without_redis_an_open_policy_admits(redis_away):
    """Red when `check` raises Unavailable all the same."""
    policy(1, fail_open=True).check("a")


def test_without_redis_a_closed_policy_refuses(redis_away):
    with pytest.raises(Unavailable):
        policy(1, fail_open=False).check("a")


@pytest.fixture
def limited(settings, monkeypatch):
    """The HTTP limit at two per hour."""
    monkeypatch.setattr("config.middleware.Policy", lambda name, rate, fail_open: policy(2, fail_open=fail_open))


def test_too_many_requests_of_one_address(limited, client, db):
    assert client.get("/api/v1/nothing").status_code == 404
    assert client.get("/api/v1/nothing").status_code == 404
    response = client.get("/api/v1/nothing")
    assert response.status_code == 429
    assert 1790 <= int(response["Retry-After"]) <= 1800
    document = json.loads(response.content)
    assert (document["status"], document["type"]) == (429, "urn:replywell:error:rate_limited")
    assert response["X-Request-ID"]


def test_addresses_have_limits_of_their_own(limited, client, db):
    for number in range(4):
        assert client.get("/api/v1/nothing", REMOTE_ADDR=f"203.0.113.{number}").status_code == 404


def test_a_forged_address_does_not_help(limited, client, db):
    """Red when X-Forwarded-For is believed from anybody."""
    codes = [
        client.get("/api/v1/nothing", headers={"X-Forwarded-For": f"203.0.113.{number}"}).status_code
        for number in range(3)
    ]
    assert codes == [404, 404, 429]


def test_a_network_counts_as_one_address(limited, client, db):
    """Red when the whole of an IPv6 address is the key: its owner has 2^64 of them."""
    codes = [client.get("/api/v1/nothing", REMOTE_ADDR=f"2001:db8::{n}").status_code for n in range(3)]
    assert codes == [404, 404, 429]
    assert client.get("/api/v1/nothing", REMOTE_ADDR="2001:db8:0:1::1").status_code == 404


def test_probes_are_not_limited(limited, client):
    assert {client.get("/livez").status_code for _ in range(5)} == {200}


def test_without_redis_requests_are_served(limited, redis_away, client, db):
    assert {client.get("/api/v1/nothing").status_code for _ in range(4)} == {404}


def test_the_limit_is_the_configured_one(settings):
    async def nothing(request):
        raise AssertionError

    settings.RATE_LIMIT_HTTP = Rate(7, 60)
    assert RateLimitMiddleware(nothing)._policy == Policy("http", Rate(7, 60), True)


@pytest.mark.parametrize(
    ("text", "rate"), [("20/m", Rate(20, 60)), (" 1 / s ", Rate(1, 1)), ("300/h", Rate(300, 3600))]
)
def test_rates_as_people_write_them(text, rate):
    assert Rate.parse(text) == rate


@pytest.mark.parametrize("text", ["", "20", "/m", "0/m", "-1/m", "20/w", "20/mm", "1.5/s", "20/m 30/s"])
def test_what_is_no_rate(text):
    with pytest.raises(ValueError, match="20/m"):
        Rate.parse(text)
