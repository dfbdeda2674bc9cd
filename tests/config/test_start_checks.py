"""What must not go live refuses the start, with an id and a way out."""

from decimal import Decimal

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured

from config import checks
from config import environment as module
from config.common.networks import parse_networks
from config.common.prices import parse_prices
from config.settings import INSECURE_SECRET_KEY

GOOD_KEY = Fernet.generate_key().decode()


@pytest.fixture
def live(settings):
    """A sound production."""
    settings.DEVELOPMENT = False
    settings.DEBUG = False
    settings.SECRET_KEY = "x" * 50
    settings.SESSION_ENCRYPTION_KEYS = [GOOD_KEY]
    return settings


def ids() -> list[str | None]:
    return [message.id for message in [*checks.keys(), *checks.production()]]


def test_a_sound_production_starts(live):
    assert ids() == []
    checks.enforce()


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("SESSION_ENCRYPTION_KEYS", [GOOD_KEY, "not a key"], "replywell.E001"),
        ("SESSION_ENCRYPTION_KEYS", ["é"], "replywell.E001"),
        ("SECRET_KEY", INSECURE_SECRET_KEY, "replywell.E002"),
        ("SECRET_KEY", "x" * 31, "replywell.E002"),
        ("SESSION_ENCRYPTION_KEYS", [], "replywell.E003"),
        ("DEBUG", True, "replywell.E004"),
    ],
)
def test_each_mistake_refuses_the_start(live, name, value, expected):
    """Red when the check is left out."""
    setattr(live, name, value)
    assert ids() == [expected]
    with pytest.raises(ImproperlyConfigured, match=expected):
        checks.enforce()


def test_each_refusal_says_what_to_do(live):
    live.SECRET_KEY, live.SESSION_ENCRYPTION_KEYS, live.DEBUG = "short", [], True
    messages = checks.production()
    assert len(messages) == 3
    assert all(message.hint for message in messages)


def test_a_refusal_does_not_print_the_key(live):
    live.SESSION_ENCRYPTION_KEYS = ["secret-but-malformed"]
    with pytest.raises(ImproperlyConfigured) as caught:
        checks.enforce()
    assert "secret-but-malformed" not in str(caught.value)


def test_development_may_be_careless_but_not_with_keys(settings):
    settings.DEVELOPMENT, settings.DEBUG, settings.SECRET_KEY = True, True, "short"
    settings.SESSION_ENCRYPTION_KEYS = ["bad"]
    assert ids() == ["replywell.E001"]


def test_a_bad_rate_names_its_variable(monkeypatch):
    monkeypatch.setenv("RATE_LIMIT_HTTP", "many")
    with pytest.raises(ImproperlyConfigured, match="RATE_LIMIT_HTTP"):
        module.env_rate("RATE_LIMIT_HTTP", "1/s")


def test_an_empty_value_is_the_default(monkeypatch):
    monkeypatch.setenv("RATE_LIMIT_HTTP", "")
    monkeypatch.setenv("LOG_LEVEL", "")
    assert module.env_rate("RATE_LIMIT_HTTP", "1/s").count == 1
    assert module.env_choice("LOG_LEVEL", "INFO", {"INFO"}) == "INFO"


def test_a_choice_that_is_none(monkeypatch):
    monkeypatch.setenv("LOG_LEVEL", "LOUD")
    with pytest.raises(ImproperlyConfigured, match="DEBUG, INFO"):
        module.env_choice("LOG_LEVEL", "INFO", {"INFO", "DEBUG"})


@pytest.mark.parametrize("value", ["59", "-1", "many", "6e1"])
def test_a_number_that_is_too_small_or_none(monkeypatch, value):
    monkeypatch.setenv("SESSION_TTL_SECONDS", value)
    with pytest.raises(ImproperlyConfigured, match="SESSION_TTL_SECONDS"):
        module.env_int("SESSION_TTL_SECONDS", 100, 60)


@pytest.mark.parametrize("network", ["169.254.169.254", "0.0.0.0/0", "168.0.0.0/5", "fd00::/8", "::/0"])
def test_no_allowed_network_holds_a_clouds_credentials(settings, network):
    """Red when the check is left out."""
    settings.FETCH_ALLOWED_NETWORKS = parse_networks(["10.0.0.0/8", network])
    assert [problem.id for problem in checks.fetching()] == ["replywell.E006"]


def test_an_inner_network_may_be_allowed(settings):
    settings.FETCH_ALLOWED_NETWORKS = parse_networks(["10.0.0.0/8", "fd12:3456::/32"])
    assert checks.fetching() == []


def test_a_mistyped_network_names_its_variable(monkeypatch):
    monkeypatch.setenv("FETCH_ALLOWED_NETWORKS", "wiki.example.com")
    with pytest.raises(ImproperlyConfigured, match="FETCH_ALLOWED_NETWORKS"):
        module.env_networks("FETCH_ALLOWED_NETWORKS")


@pytest.mark.parametrize(
    ("limit", "prices", "ids"),
    [
        (Decimal(5), ["main=1/2", "second=1/2"], []),
        (Decimal(5), ["main=1/2"], ["replywell.E007"]),
        (Decimal(5), [], ["replywell.E007", "replywell.E007"]),
        (Decimal(0), [], []),
    ],
    ids=["priced", "second", "none", "unlimited"],
)
def test_a_limit_of_money_needs_prices(settings, limit, prices, ids):
    """Red when the check is left out: a model without a price would cost nothing, and the limit would never hold."""
    settings.LLM_CONFIGURED, settings.OPENAI_MODEL, settings.OPENAI_FALLBACK_MODEL = True, "main", "second"
    settings.MODEL_DAY_COST, settings.MODEL_PRICES = limit, parse_prices(prices)
    assert [problem.id for problem in checks.prices()] == ids


@pytest.mark.parametrize("value", ["-1", "much", "NaN", "Infinity"])
def test_an_amount_that_is_none(monkeypatch, value):
    monkeypatch.setenv("MODEL_DAY_COST", value)
    with pytest.raises(ImproperlyConfigured, match="MODEL_DAY_COST"):
        module.env_amount("MODEL_DAY_COST")


def test_a_mistyped_price_names_its_variable(monkeypatch):
    monkeypatch.setenv("MODEL_PRICES", "gpt-4o")
    with pytest.raises(ImproperlyConfigured, match="MODEL_PRICES"):
        module.env_prices("MODEL_PRICES")
