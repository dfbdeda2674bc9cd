"""A human agent reads what the AI agent remembers, and puts it right; by keyboard, on a telephone, in the dark."""

import pytest
from playwright.sync_api import expect

from tests.browser.test_every_page import check


@pytest.fixture
def customer(live):
    """A customer who gave an order's number."""
    who = live.customer()
    who.send("How do I put the chat on my site? It is for order 10023.", wait=30)
    live.rows(
        """UPDATE support_conversationmemory SET summary_seq = 1, summary = %s WHERE conversation_id = %s""",
        "Customer: How do I put the chat on my site? <img src=x onerror=alert(1)>\nAssistant: With the snippet.",
        who.conversation,
    )
    return who


def test_facts_are_shown_and_corrected(live, sign_in, customer):
    """Red when the page does not show the answer of `remember` and `forget`."""
    page, watch = sign_in("human_agent", f"/admin/support/conversation/{customer.conversation}/change/")
    memory = page.get_by_test_id("memory")
    slot = memory.get_by_test_id("slot")
    expect(slot).to_contain_text("10023")
    expect(slot).to_contain_text("from message 1")
    memory.get_by_test_id("summary").locator("summary").click()
    expect(memory).to_contain_text("<img src=x onerror=alert(1)>")

    memory.get_by_role("button", name="Correct: Order number").click()
    page.keyboard.press("Control+A")
    page.keyboard.type("10024")
    page.keyboard.press("Enter")
    expect(slot).to_contain_text("10024")
    expect(slot).to_contain_text("set by a colleague")
    memory.get_by_test_id("add-slot").click()
    memory.get_by_label("Which fact").select_option("product")
    memory.get_by_label("Value").fill("Drill X200")
    memory.get_by_role("button", name="Save").click()
    expect(slot).to_have_count(2)
    memory.get_by_role("button", name="Delete: Order number").click()
    expect(slot).to_have_count(1)
    expect(page.get_by_test_id("spending")).to_contain_text("This conversation")
    expect(page.get_by_test_id("run")).to_have_count(1)
    memory.get_by_role("button", name="Correct: Product").click()
    page.set_viewport_size({"width": 375, "height": 800})
    page.get_by_test_id("toggle-details").click()
    check(page)
    memory.get_by_label("Product", exact=True).press("Escape")
    expect(memory.get_by_test_id("slot-form")).to_have_count(0)
    assert watch.errors == []
