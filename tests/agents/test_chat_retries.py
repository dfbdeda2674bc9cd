"""Trying again: before the first token, when it can help, and for as long as the provider asks."""

import time

import pytest

from tests.agents.streaming import chunk, listen
from tests.fakes.model import Say


@pytest.mark.parametrize("status", [500, 502, 503, 408, 409, 429])
async def test_a_passing_failure_is_tried_again(provider, marker, status):
    provider.script(marker, Say(status=status), Say(pieces=("Fine.",)))
    heard = await listen(marker)
    assert (heard.text, heard.error) == ("Fine.", None)
    assert len(provider.calls(marker)) == 2


async def test_a_failure_that_stays_is_given_up(provider, marker):
    provider.script(marker, Say(status=500))
    heard = await listen(marker)
    assert str(heard.failure) == "HTTP 500"
    assert not heard.failure.permanent
    assert len(provider.calls(marker)) == 3


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422])
async def test_a_permanent_failure_costs_one_call(provider, marker, status):
    """Red when `_worth_retrying` does not look at `permanent`."""
    provider.script(marker, Say(status=status))
    heard = await listen(marker)
    assert heard.failure.permanent
    assert len(provider.calls(marker)) == 1


async def test_retry_after_is_honoured(provider, marker):
    """Red when `_wait` does not look at the error: the first wait would be at most 0.2 s."""
    provider.script(marker, Say(status=429, headers={"retry-after": "0.6"}), Say(pieces=("Fine.",)))
    started = time.monotonic()
    heard = await listen(marker)
    assert time.monotonic() - started >= 0.6
    assert (heard.text, len(provider.calls(marker))) == ("Fine.", 2)


@pytest.mark.parametrize("seconds", ["30", "300", "inf", "nan"])
async def test_too_long_a_retry_after_is_not_waited_for(provider, marker, seconds):
    provider.script(marker, Say(status=429, headers={"retry-after": seconds}))
    started = time.monotonic()
    heard = await listen(marker)
    assert time.monotonic() - started < 2
    assert str(heard.failure) == "HTTP 429"
    assert len(provider.calls(marker)) == 1


async def test_retry_after_of_the_provider_behind_a_proxy_counts(provider, marker):
    """As LiteLLM passes it on. Red when `_retry_after` only knows the usual name."""
    provider.script(marker, Say(status=429, headers={"llm_provider-retry-after": "30"}))
    heard = await listen(marker)
    assert (heard.failure.retry_after, len(provider.calls(marker))) == (30, 1)


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("model_not_found", "HTTP 404 model_not_found"),
        ("404", "HTTP 404"),
        ("How do I get_a refund", "HTTP 404"),
        ("a_" * 40 + "b", "HTTP 404"),
        (None, "HTTP 404"),
    ],
    ids=["name", "number", "text", "long", "none"],
)
async def test_what_the_provider_calls_the_error_is_told_and_nothing_else(provider, marker, code, told):
    """Red when `_called` takes any text: an error's message may repeat the question, and this is logged."""
    provider.script(marker, Say(status=404, code=code))
    assert str((await listen(marker)).failure) == told


async def test_a_retry_after_that_is_a_date_does_not_hurt(provider, marker):
    headers = {"retry-after": "Wed, 21 Oct 2099 07:28:00 GMT"}
    provider.script(marker, Say(status=503, headers=headers), Say(pieces=("Fine.",)))
    assert (await listen(marker)).text == "Fine."


async def test_nothing_is_tried_again_after_the_first_token(provider, marker):
    """Red when the whole stream is retried: the customer would read the beginning twice."""
    provider.script(marker, Say(pieces=("Half an ",), cut=True), Say(pieces=("Half an answer.",)))
    heard = await listen(marker)
    assert heard.text == "Half an "
    assert heard.error is not None
    assert len(provider.calls(marker)) == 1


async def test_a_break_before_the_first_token_is_tried_again(provider, marker):
    provider.script(marker, Say(raw=(chunk({"role": "assistant"}),)), Say(pieces=("Fine.",)))
    assert (await listen(marker)).text == "Fine."


async def test_a_provider_that_is_not_there(settings, marker, unused_tcp_port):
    settings.OPENAI_BASE_URL = f"http://127.0.0.1:{unused_tcp_port}/v1"
    heard = await listen(marker)
    assert not heard.failure.permanent


async def test_all_tries_together_keep_to_one_budget(provider, marker, gate):
    """Red without the timeout around the tries: three silent ones in a row would take three times as long."""
    provider.script(marker, Say(silent=gate))
    started = time.monotonic()
    heard = await listen(marker, budget=0.5)
    assert str(heard.failure) == "no first token in time"
    assert time.monotonic() - started < 3
