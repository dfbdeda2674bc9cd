"""What of an article's Markdown is searched."""

import pytest

from knowledge.models import Posting
from knowledge.plaintext import plain
from tests.knowledge.publishing import publish


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("See [the guide](https://example.com/a-b?c=d#e) now.", "See the guide now."),
        ('[a](/x "with a title") and [b](<>)', "a and b"),
        ("[wiki](https://en.example.org/Foo_(bar)) end", "wiki end"),
        ("![a printer](printer.png)", "a printer"),
        ("before<!-- editors:\nplease update -->after", "before after"),
        (
            "`array[0](1)` stays when it is code? no: a link looks the same",
            "`array0` stays when it is code? no: a link looks the same",
        ),
        ("Go to https://example.com/status (it is public).", "Go to https://example.com/status (it is public)."),
        ("| a | b |\n|---|---|\n| 1 | 2 |", "| a | b |\n|---|---|\n| 1 | 2 |"),
        ("[not a link] (really)", "[not a link] (really)"),
        ("", ""),
    ],
)
def test_words_without_targets(markdown, text):
    assert plain(markdown) == text


@pytest.mark.django_db
def test_a_link_target_is_not_found_by_its_words():
    """Red when postings are made of the raw text."""
    publish("Guide", "Read [how to begin](https://example.com/zebra) first.")
    lexemes = set(Posting.objects.values_list("lexeme", flat=True))
    assert "begin" in lexemes
    assert not {lexeme for lexeme in lexemes if "zebra" in lexeme or "example.com" in lexeme}
