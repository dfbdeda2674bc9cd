"""A human agent reads a long conversation page by page, and what the customer says about an answer."""

import pytest
from playwright.sync_api import expect

from tests.fakes.model import Say

MESSAGES = "[data-testid=message]"
# The first message of a page may lose its byline to the group that it turns out to belong to; the second one stays.
PLACE = "(area) => area.querySelector(\"[data-seq='152']\").getBoundingClientRect().top"


@pytest.fixture
def customer(live):
    """A customer with an answered question."""
    who = live.customer()
    who.send("How do I put the chat on my site?", wait=30)
    return who


def address(customer):
    return f"/admin/support/conversation/{customer.conversation}/change/"


def test_earlier_messages_come_when_asked_for(live, sign_in, customer):
    """Red when the page begins at the first message, when `holding` does not keep the place, and when .thread-area is not
    positioned: what is hidden in it made the page itself as high as the conversation."""
    live.rows(
        """INSERT INTO support_message (id, conversation_id, seq, role, author_name, text, citations, rating_reason,
        rating_comment) SELECT gen_random_uuid(), %s, n, 'customer', '', 'Message ' || n, '[]', '', ''
        FROM generate_series(3, 250) AS n""",
        customer.conversation,
    )
    live.rows("UPDATE support_conversation SET last_seq = 250 WHERE id = %s", customer.conversation)
    page, watch = sign_in("human_agent", address(customer))
    thread = page.get_by_test_id("thread")
    expect(thread.locator("[data-seq='250']")).to_be_visible()
    expect(thread.locator(MESSAGES)).to_have_count(100)
    assert page.evaluate("document.documentElement.scrollHeight - innerHeight") <= 0

    page.get_by_test_id("earlier").scroll_into_view_if_needed()
    before = thread.evaluate(PLACE)
    page.get_by_test_id("earlier").click()
    expect(thread.locator(MESSAGES)).to_have_count(200)
    assert abs(thread.evaluate(PLACE) - before) < 2
    page.get_by_test_id("earlier").click()
    expect(thread.locator(MESSAGES)).to_have_count(250)
    expect(page.get_by_test_id("earlier")).to_be_hidden()
    expect(thread).to_contain_text("How do I put the chat on my site?")
    assert watch.errors == []


def test_a_rating_appears_with_the_customers_words(live, sign_in, customer):
    """Red when the page does not read a rated message again, and when it calls small talk a quotation."""
    page, watch = sign_in("human_agent", address(customer))
    answer = page.locator(f"{MESSAGES}[data-role=assistant]")
    expect(answer).to_have_count(1)
    [message] = [message for message in customer.messages() if message["role"] == "assistant"]
    live.model.script("Thanks a lot!", Say(status=401))
    customer.send("Thanks a lot!", wait=30)
    expect(answer).to_have_count(2)
    expect(answer.last).to_contain_text("Without the model")
    answer = answer.first
    words = {"rating": "down", "reason": "incomplete", "comment": "It leaves out the costs. <b onclick=alert(1)>x</b>"}
    assert customer.http.post(f"/api/v1/messages/{message['id']}/rating", json=words).status_code == 200
    expect(answer.get_by_test_id("feedback")).to_contain_text("Something is missing.")
    expect(answer.get_by_test_id("feedback")).to_contain_text(words["comment"])
    assert watch.errors == []


def test_a_rating_given_while_the_line_was_down_is_seen(live, sign_in, customer):
    """Red when the page does not read the messages again once it watches."""
    page, watch = sign_in("human_agent", "/admin/password_change/")
    is_up: list[bool] = []
    page.route_web_socket("**/ws/console", lambda line: line.connect_to_server() if is_up else line.close(code=1012))
    page.goto(f"{live.webs[0].url}{address(customer)}")
    answer = page.locator(f"{MESSAGES}[data-role=assistant]")
    expect(answer).to_have_count(1)
    [message] = [message for message in customer.messages() if message["role"] == "assistant"]
    assert customer.http.post(f"/api/v1/messages/{message['id']}/rating", json={"rating": "up"}).status_code == 200
    is_up.append(True)
    page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(answer).to_contain_text("Rated helpful")
    assert watch.errors == []
