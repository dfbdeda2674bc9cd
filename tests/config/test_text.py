"""Text from outside."""

import pytest

from config.common.errors import InvalidText
from config.common.text import check_text, storable


@pytest.mark.parametrize("text", ["x", "x" * 10, "é" * 10, "🎉" * 10, " x ", "\n x", "a\tb"])
def test_good_text_comes_back_unchanged(text):
    """Red when the length counts UTF-16 units, or bytes."""
    assert check_text(text, 10) == text


@pytest.mark.parametrize(
    "text", ["", " ", "\n\t ", "\u3000", "x" * 11, "🎉" * 11, "a\x00", "\ud83d", "a\udfff", None, 7, b"x", ["x"]]
)
def test_bad_text_is_refused_with_its_field(text):
    """Red when the length is not looked at, or `storable` is forgotten."""
    with pytest.raises(InvalidText) as caught:
        check_text(text, 10, "comment")
    assert caught.value.code == "invalid_text"
    assert caught.value.status == 400
    (error,) = caught.value.extra["errors"]
    assert error["field"] == "comment"
    assert caught.value.detail.startswith("comment ")


def test_what_postgresql_cannot_store():
    assert storable("🎉 ok \ufffd \x01")
    assert not storable("\x00")
    assert not storable("\ud800")
    assert not storable("\udfff")
