"""The passages of an article in the admin: seen as they are found, rewritten by hand, and let go again."""

import uuid

import pytest

from knowledge.models import Article, Pin
from tests.knowledge.publishing import chunks, save
from tests.support.console_cast import browser, staff

LIST = "/admin/knowledge/article/"
BODY = "# One\n\nFirst text.\n\n# Two\n\nSecond text."

pytestmark = pytest.mark.django_db


@pytest.fixture
def article():
    return save("Numbers", BODY)


def page(article, who="ed", path="passages/", **query):
    return browser(who).get(f"{LIST}{article.pk}/{path}", query).content.decode()


def rewrite(article, old, new, who="ed"):
    chunk = chunks(article)[old]
    return browser(who).post(f"{LIST}{article.pk}/passages/{chunk.pk}/", {"text": new})


def test_passages_are_listed_as_they_are_found(article):
    """Red when the last comes first."""
    html = page(article)
    assert html.index("First text.") < html.index("Second text.")
    assert "Rewritten</span>" not in html
    assert "Passages (2)" in page(article, path="change/")


def test_a_passage_is_rewritten_and_taken_back(article):
    """Red when the pin has no author, and when removing it leaves it there."""
    assert rewrite(article, "Second text.", "\r\nBy hand.\r\nTwice.\r\n").status_code == 302
    assert list(chunks(article)) == ["First text.", "By hand.\nTwice."]
    pin = Pin.objects.get()
    assert (pin.author, pin.heading, Article.objects.get().version) == (staff("ed"), "Two", 1)
    assert page(article).count("Rewritten</span>") == 1
    assert browser("ed").post(f"{LIST}{article.pk}/pins/{pin.pk}/remove/").status_code == 302
    assert list(chunks(article)) == ["First text.", "Second text."]
    assert not Pin.objects.exists()


def test_a_pin_is_removed_by_a_button_of_its_own_article(article):
    """Red when the pin or the passage is looked for among all articles, and when a GET removes it."""
    other = save("Other", BODY)
    rewrite(article, "First text.", "By hand.")
    ed, pin = browser("ed"), Pin.objects.get()
    assert ed.post(f"{LIST}{other.pk}/pins/{pin.pk}/remove/").status_code == 404
    assert ed.get(f"{LIST}{article.pk}/pins/{pin.pk}/remove/").status_code == 405
    chunk = chunks(article)["By hand."]
    assert ed.post(f"{LIST}{other.pk}/passages/{chunk.pk}/", {"text": "Mine."}).status_code == 200
    assert Pin.objects.get().text == "By hand."


@pytest.mark.parametrize("text", ["", " \n ", "nul \x00", "x" * 10_001])
def test_a_text_that_is_none_is_refused(article, text):
    """Red when white space is let through."""
    refused = rewrite(article, "First text.", text)
    assert list(refused.context["form"].errors) == ["text"]
    assert not Pin.objects.exists()


def test_what_was_typed_survives_a_passage_that_went_away(article):
    """Red when the answer is the list of passages."""
    url = f"{LIST}{article.pk}/passages/{chunks(article)['Second text.'].pk}/"
    save("Numbers", "# One\n\nFirst text.", article)
    refused = browser("ed").post(url, {"text": "Typed for long."})
    assert "changed meanwhile" in refused.content.decode()
    assert "Typed for long.</textarea>" in refused.content.decode()
    assert browser("ed").get(url).status_code == 302
    assert browser("ed").get(f"{LIST}{uuid.uuid4()}/passages/").status_code == 404


def test_who_may_only_read_rewrites_nothing(article):
    """Red when the permission to rewrite is that to read."""
    rewrite(article, "First text.", "By hand.")
    pin = Pin.objects.get()
    html = page(article, who="alice")
    assert "By hand." in html
    assert 'data-testid="rewrite"' not in html
    assert rewrite(article, "Second text.", "Mine.", who="alice").status_code == 403
    assert browser("alice").post(f"{LIST}{article.pk}/pins/{pin.pk}/remove/").status_code == 403
    assert browser("nobody").get(f"{LIST}{article.pk}/passages/").status_code == 403
    assert Pin.objects.get().text == "By hand."


def test_passages_are_shown_as_text():
    """Red when the passage's text is marked safe."""
    made = save("Hostile", "# <b>One</b>\n\n<script>alert(1)</script>\n\n<img src=https://evil.example/a>")
    chunk = made.chunks.get()
    for path in ("passages/", f"passages/{chunk.pk}/"):
        html = page(made, path=path)
        assert "&lt;script&gt;" in html
        for markup in ("<b>One", "<script>alert", "<img src=https"):
            assert markup not in html


def test_an_article_that_is_no_answer_says_why_it_has_no_passages(article):
    """Red when the status is not looked at."""
    rewrite(article, "First text.", "By hand.")
    save("Numbers", BODY, article, status="archived")
    html = page(article)
    assert 'data-testid="no-passages"' in html
    assert "come back when it is published" in html
