"""The quote beside an answer."""

from agents.citations import QUOTE_CHARACTERS, quote


def test_a_short_passage_is_quoted_whole():
    text = "x" * QUOTE_CHARACTERS
    assert quote(text) == text


def test_a_long_passage_is_cut_at_a_word():
    text = "word " * 100
    cut = quote(text)
    assert cut.endswith("word …")
    assert text.startswith(cut.removesuffix(" …"))
    assert len(cut) <= QUOTE_CHARACTERS + 2


def test_a_long_word_is_cut_anyway():
    assert quote("x" * 1000) == "x" * QUOTE_CHARACTERS + " …"
