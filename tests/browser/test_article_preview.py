"""Writing an article: the preview follows the text, stays inert, and never costs a word of it."""

from playwright.sync_api import expect

from tests.browser.test_hostile_text import PAYLOADS, is_unharmed

ADD = "/admin/knowledge/article/add/"


def boxes(page):
    """Where the text and its preview are."""
    return page.get_by_test_id("article-body").bounding_box(), page.get_by_role("region", name="Preview").bounding_box()


def test_the_preview_follows_the_text(sign_in):
    """Red when `input` is not listened to, and when the two share no row on a wide page."""
    page, watch = sign_in("editor", ADD)
    page.set_viewport_size({"width": 1280, "height": 800})
    page.get_by_test_id("article-body").press_sequentially("## Boots\n\nThey are **warm**.")
    expect(page.get_by_test_id("preview").get_by_role("heading", name="Boots")).to_be_visible()
    expect(page.get_by_test_id("preview").locator("strong")).to_have_text("warm")
    text, preview = boxes(page)
    assert preview["x"] >= text["x"] + text["width"]
    page.set_viewport_size({"width": 375, "height": 800})
    text, preview = boxes(page)
    assert preview["y"] >= text["y"] + text["height"]
    # Every pause would be read aloud.
    assert page.get_by_role("region", name="Preview").locator("[aria-live]").count() == 0
    page.get_by_test_id("preview-toggle").press("Enter")
    expect(page.get_by_test_id("preview")).to_be_hidden()
    expect(page.get_by_test_id("preview-toggle")).to_have_attribute("aria-expanded", "false")
    assert watch.errors == []


def test_a_hostile_text_does_nothing_while_it_is_written(sign_in):
    """Red when to_html returns what is not cleaned, with `html` on."""
    page, watch = sign_in("editor", ADD)
    page.get_by_test_id("article-body").fill(PAYLOADS)
    expect(page.get_by_test_id("preview")).to_contain_text("window.pwned = 1")
    is_unharmed(page, watch)


def test_a_preview_that_fails_keeps_the_text_and_says_so(sign_in):
    """Red when what went wrong is not shown."""
    page, _ = sign_in("editor", ADD)
    body = page.get_by_test_id("article-body")
    body.fill("First words.")
    expect(page.get_by_test_id("preview")).to_have_text("First words.")
    page.route("**/article/preview/", lambda route: route.abort())
    body.fill("First words. More words.")
    expect(page.get_by_test_id("preview-trouble")).to_contain_text("cannot be reached")
    expect(body).to_have_value("First words. More words.")
    page.unroute("**/article/preview/")
    page.context.clear_cookies()
    body.fill("Words of somebody signed out.")
    expect(page.get_by_test_id("preview-trouble")).not_to_be_empty()
    expect(body).to_have_value("Words of somebody signed out.")


def test_leaving_with_unsaved_words_asks_first(sign_in):
    """Red when changes are not compared with the form as it came."""
    page, watch = sign_in("editor", ADD)
    page.get_by_test_id("article-body").press_sequentially("Unsaved.")
    page.get_by_role("link", name="Ask", exact=True).click(no_wait_after=True)
    expect(page.get_by_test_id("article-body")).to_have_value("Unsaved.")
    assert [error for error in watch.errors if "dialog" in error] != []
