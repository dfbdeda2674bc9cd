"""The whole story in a browser: ask, get a cited answer, ask for a person, be answered by one, be handed back."""

import re
import threading
import uuid

from playwright.sync_api import expect

from tests.fakes.model import Say


def test_ask_cite_hand_over_and_hand_back(live, visit, sign_in):
    """Red when a live answer is headed by another name than the finished one, and when who waits is told to ask a question."""
    marker = f"story-{uuid.uuid4().hex[:8]}"
    pieces = ("Paste the ", "snippet ", "before the ", "closing body tag ", "[1].")
    seen = threading.Event()
    live.model.script(marker, Say(pieces=pieces, hold=seen))
    customer, customer_watch = visit("/")
    customer.get_by_test_id("launcher").click()
    chat = customer.frame_locator("[data-testid=chat-frame]")
    composer = chat.get_by_test_id("composer")
    composer.fill(f"How do I put the chat on my site? {marker}")
    composer.press("Enter")

    # It streams: part of the answer is on the screen before all of it is, under the name that it keeps.
    expect(chat.get_by_test_id("live-answer")).to_contain_text(re.compile(r"Replywell\s*Paste the"))
    seen.set()
    answer = chat.locator("[data-testid=message][data-role=assistant]").last
    expect(answer).to_contain_text("closing body tag")
    answer.get_by_test_id("citation").first.click()
    expect(chat.get_by_test_id("citation-panel")).to_be_visible()
    customer.keyboard.press("Escape")
    answer.get_by_test_id("rate-up").click()

    chat.get_by_test_id("person").click()
    expect(chat.locator("[data-notice=queued]")).to_be_visible()
    expect(composer).to_have_attribute("placeholder", "Write a message…")

    human, human_watch = sign_in("human_agent", "/admin/support/conversation/")
    item = human.get_by_test_id("queue-item").filter(has_text=marker)
    item.get_by_role("link").first.click()
    human.wait_for_url("**/change/")
    expect(human.get_by_test_id("thread")).to_contain_text("closing body tag")
    expect(human.get_by_test_id("run").first).to_be_visible()
    human.get_by_test_id("claim").click()
    expect(chat.locator("[data-notice=claimed]")).to_be_visible()

    human.get_by_test_id("reply-text").fill("Hello, a person here. Did that help?")
    human.get_by_test_id("reply-send").click()
    expect(chat.locator("[data-testid=message][data-role=human]")).to_contain_text("a person here")
    composer.fill("Yes, thank you!")
    composer.press("Enter")
    expect(human.get_by_test_id("thread")).to_contain_text("Yes, thank you!")

    human.get_by_test_id("release").click()
    expect(chat.locator("[data-notice=released]")).to_be_visible()
    expect(chat.locator("[data-testid=message][data-role=assistant]")).to_have_count(2)
    composer.fill("And how do I change its colour?")
    composer.press("Enter")
    expect(chat.locator("[data-testid=message][data-role=assistant]")).to_have_count(3)

    for watch in (customer_watch, human_watch):
        assert watch.errors == []
        assert watch.foreign == []


def test_the_chat_goes_on_after_a_reload(live, visit):
    page, watch = visit(f"/chat/{live.demo['inbox_key']}")
    page.get_by_test_id("composer").fill("How do I start it?")
    page.get_by_test_id("composer").press("Enter")
    expect(page.locator("[data-testid=message][data-role=assistant]")).to_have_count(1)
    page.reload()
    expect(page.locator("[data-testid=message][data-role=assistant]")).to_have_count(1)
    expect(page.locator("[data-testid=message][data-role=customer]")).to_have_count(1)
    assert watch.errors == []


def test_what_is_typed_without_a_network_is_sent_when_it_is_back(live, visit):
    page, _ = visit(f"/chat/{live.demo['inbox_key']}")
    page.get_by_test_id("composer").fill("How do I start it?")
    page.get_by_test_id("composer").press("Enter")
    expect(page.locator("[data-testid=message][data-role=assistant]")).to_have_count(1)
    page.context.set_offline(True)
    page.get_by_test_id("composer").fill("Typed without a network")
    page.get_by_test_id("composer").press("Enter")
    page.context.set_offline(False)
    expect(page.locator("[data-testid=message][data-role=assistant]")).to_have_count(2, timeout=40_000)
    assert page.locator("[data-testid=message][data-role=customer]").count() == 2
