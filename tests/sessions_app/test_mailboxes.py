"""One spelling of each address; what is none, or looks like another one, is refused."""

import pytest

from sessions_app import mailboxes

LONG = f"{'a' * 64}@{'b' * 60}.{'c' * 60}.{'d' * 60}.example"


def test_one_spelling():
    assert mailboxes.normalised("  Carla.Gómez@Example.COM ".replace("ó", "o")) == "carla.gomez@example.com"
    exactly = LONG[: -len("example")] + "e" * (254 - len(LONG) + len("example"))
    assert len(mailboxes.normalised(exactly)) == 254


@pytest.mark.parametrize(
    "text",
    [
        "",
        "carla",
        "carla@",
        "@example.com",
        "carla@example",
        "car la@example.com",
        "carla@example.com,eve@example.com",
        "carla@example.com\r\nBcc: eve@example.com",
        '"carla"@example.com',
        "carla@[127.0.0.1]",
        "Carla <carla@example.com>",
        "carla@exämple.com",
        "a" + LONG + "e" * 20,
    ],
)
def test_what_is_no_address(text):
    with pytest.raises(ValueError):
        mailboxes.normalised(text)


def test_no_letter_that_becomes_another():
    """Red when the address is put into small letters before it is looked at: the Kelvin sign becomes a k."""
    with pytest.raises(ValueError, match="plain letters"):
        mailboxes.normalised("\u212aarla@example.com")


def test_what_is_shown_of_one():
    assert mailboxes.masked("carla@example.com") == "c•••@example.com"
    assert mailboxes.masked("c@example.com") == "•••@example.com"
    assert mailboxes.masked("") == ""
