"""The agent asks before it acts: the customer in the chat, a human agent in the console."""

import json
import uuid

from playwright.sync_api import expect

from tests.fakes.model import Say


def chat_of(page):
    page.get_by_test_id("launcher").click()
    return page.frame_locator("[data-testid=chat-frame]")


def write(chat, text: str) -> None:
    composer = chat.get_by_test_id("composer")
    composer.fill(text)
    composer.press("Enter")


def test_the_customer_confirms(live, shop, visit):
    """The card is the next step, not a person. Red when the chat offers both."""
    item = f"tea-{uuid.uuid4().hex[:8]}"
    live.model.script(
        item, Say(tool=("place_order", json.dumps({"item": item, "quantity": 2}))), Say(pieces=("It is ", "ordered."))
    )
    page, watch = visit("/")
    chat = chat_of(page)
    write(chat, f"Please order {item}")
    card = chat.get_by_test_id("action")
    expect(card).to_contain_text(f"Order 2 of {item}")
    expect(chat.get_by_test_id("offer")).to_be_hidden()
    page.reload()
    page.get_by_test_id("launcher").click()
    card = chat.get_by_test_id("action")
    expect(card).to_contain_text(f"Order 2 of {item}")
    expect(chat.get_by_test_id("offer")).to_be_hidden()
    card.get_by_test_id("action-confirm").click()
    expect(chat.locator("[data-testid=message][data-role=assistant]").last).to_contain_text("It is ordered.")
    expect(card).to_have_count(0)
    assert len(shop.done(item)) == 1
    assert (watch.errors, watch.foreign) == ([], [])


def test_a_colleague_approves(live, shop, visit, sign_in):
    invoice = f"inv-{uuid.uuid4().hex[:8]}"
    arguments = json.dumps({"invoice": invoice, "amount": 12.5})
    live.model.script(invoice, Say(tool=("refund", arguments)), Say(pieces=("It is ", "refunded.")))
    page, watch = visit("/")
    chat = chat_of(page)
    write(chat, f"Please refund {invoice}")
    expect(chat.locator("[data-testid=message][data-role=assistant]")).to_contain_text("A colleague has to approve")

    human, human_watch = sign_in("human_agent", "/admin/support/conversation/")
    row = human.get_by_test_id("queue-approval").get_by_test_id("queue-item").filter(has_text=invoice)
    row.get_by_role("link").click()
    card = human.get_by_test_id("action")
    expect(card).to_contain_text("asks for your approval")
    card.get_by_test_id("approve").click()
    expect(human.get_by_test_id("thread")).to_contain_text("It is refunded.")
    expect(chat.locator("[data-testid=message][data-role=assistant]").last).to_contain_text("It is refunded.")
    expect(human.get_by_test_id("tool-call").first).to_contain_text("refund")
    assert len(shop.done(invoice)) == 1
    for seen in (watch, human_watch):
        assert (seen.errors, seen.foreign) == ([], [])
