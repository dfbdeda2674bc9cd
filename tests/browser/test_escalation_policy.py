"""An administrator's rules, from the form to the reason that staff read."""

import pytest
from playwright.sync_api import expect

from tests.browser.test_every_page import check

LIST = "/admin/support/escalationpolicy/"
WORD = "quetzalcoatlus"


@pytest.fixture
def page(live, sign_in):
    """The administrator's page of the demo inbox's rules; what was put in force is taken back at the end."""
    page, watch = sign_in("admin", LIST)
    check(page)
    page.get_by_role("link", name="Rules").first.click()
    yield page
    assert watch.errors == []
    live.rows("UPDATE support_escalationpolicy SET version = 0, draft = NULL")


def test_a_rule_is_written_simulated_put_in_force_and_seen_in_a_conversation(live, page):
    """Red when a new rule is not counted in the form, and when the live turn is judged by what is built in."""
    customer = live.customer()
    customer.send(f"Do you sell a {WORD}?", wait=30)
    page.get_by_test_id("add-rule").click()
    rule = page.get_by_test_id("rule").last
    rule.get_by_label("Name").fill("Dinosaurs")
    rule.get_by_label("When").select_option("keywords")
    expect(rule.get_by_label("How often")).to_be_hidden()
    rule.get_by_label("Keywords").fill(WORD)
    rule.get_by_role("button", name="Up").click()
    check(page)
    page.get_by_role("button", name="Save draft and simulate").click()
    page.get_by_test_id("simulate").click()
    expect(page.get_by_test_id("differs").filter(has_text="Dinosaurs").first).to_be_visible()
    check(page)
    page.get_by_role("link", name="Change them").click()
    page.get_by_test_id("put-in-force").click()
    expect(page.get_by_test_id("policy-state")).to_contain_text("Version")
    second = live.customer()
    second.send(f"Do you sell a {WORD}?", wait=30)
    page.goto(f"{live.webs[0].url}/admin/support/conversation/{second.conversation}/change/")
    expect(page.get_by_test_id("escalation")).to_contain_text("“Dinosaurs”, version")
    expect(page.get_by_test_id("escalation")).to_contain_text(f"“{WORD}”")


def test_what_is_wrong_is_marked_and_reached_by_keyboard(page):
    """Red when the first field in error does not get the focus."""
    page.get_by_test_id("add-rule").click()
    rule = page.get_by_test_id("rule").last
    rule.get_by_label("Name").fill("Broken")
    rule.get_by_label("When").select_option("keywords")
    page.get_by_test_id("save-draft").click()
    expect(page.get_by_text("Write the keywords, one on each line.")).to_be_visible()
    expect(page.get_by_test_id("rule").last.get_by_label("Keywords")).to_be_focused()
    check(page)
