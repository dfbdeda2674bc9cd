"""Whoever found nobody there and says where to reach them is told that people will get back to them."""

import pytest

from agents import texts

WILL = texts.say("will_get_back", "en")


@pytest.mark.parametrize(
    "message",
    [
        "carla@example.com",
        "Please call me at +49 30 1234567.",
        "My parcel came broken, I want a refund. carla@example.com",
    ],
)
async def test_an_address_is_taken(ask, refunds, message):
    """Red when `_judged` does not ask `contact` first: the help centre knows nothing of the address."""
    assert (await ask(message, missed=True)).reply.text == WILL


@pytest.mark.parametrize(
    ("message", "missed"),
    [
        ("carla@example.com", False),  # nobody has promised them anything
        ("How long do refunds take? carla@example.com", True),
        ("My order is 123456789", True),
    ],
)
async def test_anything_else_is_answered(ask, refunds, message, missed):
    assert (await ask(message, missed=missed)).reply.text != WILL


async def test_they_are_told_in_their_language(ask, refunds):
    turn = await ask("Meine Adresse lautet carla@example.com, vielen Dank und schöne Grüße", missed=True)
    assert turn.reply.text == texts.say("will_get_back", "de")


async def test_it_is_noted_that_the_model_was_not_to_be_asked(ask, refunds):
    """Red when the reply forgets which limit was reached."""
    turn = await ask("carla@example.com", missed=True, limit_reached="conversation_tokens")
    assert turn.reply.usage.limit_reached == "conversation_tokens"
