"""From an editor's wording to the customer's screen: written, tried, given word for word."""

import pytest
from playwright.sync_api import expect

from tests.browser.test_every_page import check

LIST = "/admin/knowledge/curatedanswer/"
QUESTION, ANSWER = "What does the zeppelin tour cost?", "The zeppelin tour costs **90 €**."


@pytest.fixture
def written(live, sign_in):
    """The editor's page after the answer was written; it is disabled again at the end."""
    page, _ = sign_in("editor", f"{LIST}add/")
    page.get_by_label("Question").fill(QUESTION)
    page.get_by_test_id("phrasings").fill("zeppelin prices\nhow much is a ride in the zeppelin")
    page.get_by_test_id("curated-answer").fill(ANSWER)
    expect(page.get_by_test_id("preview").locator("strong")).to_have_text("90 €")
    check(page)
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("link", name=QUESTION).first.wait_for()
    yield page
    page.goto(f"{live.webs[0].url}{LIST}")
    page.get_by_role("link", name=QUESTION).first.click()
    page.get_by_label("Enabled").uncheck()
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("link", name=QUESTION).first.wait_for()


def test_what_an_editor_writes_a_customer_reads(live, visit, written):
    """Red when the agent asks no curated answers."""
    chat, watch = visit("/chat/demo")
    chat.get_by_test_id("composer").fill("Zeppelin prices?")
    chat.get_by_test_id("composer").press("Enter")
    expect(chat.locator("strong", has_text="90 €")).to_be_visible()
    assert watch.errors == []
    written.goto(f"{live.webs[0].url}{LIST}")
    expect(written.locator(".field-hits").first).to_have_text("1")
    check(written)


def test_a_trial_by_keyboard(live, written):
    """Red when the trial leaves out what was nearly given."""
    written.goto(f"{live.webs[0].url}{LIST}try/")
    check(written)
    written.get_by_test_id("try-text").fill("zeppelin prices")
    written.get_by_test_id("try-text").press("Enter")
    expect(written.get_by_test_id("try-verdict")).to_contain_text("word for word")
    check(written)
    written.get_by_test_id("try-text").fill("how long is a ride")
    written.get_by_test_id("try-follows").check()
    written.get_by_test_id("try-text").press("Enter")
    expect(written.get_by_test_id("try-verdict")).to_contain_text("the AI agent answers")
    expect(written.get_by_test_id("try-candidate").first).to_contain_text(QUESTION)
    check(written)
