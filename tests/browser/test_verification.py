"""A customer proves their e-mail address in the chat, with real mail, and gets what was kept from them before."""

import asyncio
import json
import re
import uuid
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from playwright.sync_api import expect

from tests.browser.test_confirm import chat_of, write
from tests.browser.test_every_page import problems
from tests.fakes.mailserver import MailServer
from tests.fakes.model import Say


@pytest.fixture(scope="module")
def post(live):
    """A mail server, and the worker that hands e-mails to it."""
    with MailServer() as server:
        worker = live.start_webhook_worker(EMAIL_URL=f"smtp://127.0.0.1:{server.port}")
        yield SimpleNamespace(server=server, log=worker.log)
        worker.kill()


@pytest.fixture
def carla():
    return f"carla-{uuid.uuid4().hex[:8]}@example.com"


@pytest.fixture
def question(live):
    """The model looks the orders up, and then tells of them."""
    marker = f"mine-{uuid.uuid4().hex[:8]}"
    live.model.script(marker, Say(tool=("my_orders", "{}")), Say(pieces=("Both are ", "on their way.")))
    return f"Where are my orders? {marker}"


def code_to(post, address: str) -> str:
    return re.search(r"^\d{6}\b", post.server.mail_to(address).text(), re.MULTILINE)[0]


def last_answer(chat):
    return chat.locator("[data-testid=message][data-role=assistant]").last


def test_the_customer_proves_it_and_the_console_says_so(live, shop, post, visit, sign_in, carla, question):
    """By keyboard, on a phone, in the dark. Red when the code, or the address, is logged or told to the model."""
    page, watch = visit("/", viewport={"width": 375, "height": 740}, color_scheme="dark")
    chat = chat_of(page)
    write(chat, question)
    expect(last_answer(chat)).to_contain_text("confirm your e-mail address")
    card = chat.get_by_test_id("verify")
    card.get_by_test_id("verify-email").fill("carla@")
    page.keyboard.press("Enter")
    expect(card.get_by_role("alert")).to_contain_text("whole e-mail address")
    card.get_by_test_id("verify-email").fill(carla)
    page.keyboard.press("Enter")
    field = card.get_by_test_id("verify-code")
    expect(field).to_be_focused()
    expect(card).to_contain_text("c•••@example.com")
    expect(card.get_by_test_id("verify-again")).to_be_disabled()
    code = code_to(post, carla)
    page.keyboard.type(f"{(int(code) + 1) % 10**6:06}")
    page.keyboard.press("Enter")
    expect(card.get_by_role("alert")).to_contain_text("not the code")
    expect(field).to_be_focused()
    assert problems(next(frame for frame in page.frames if "/chat/" in frame.url)) == []
    page.keyboard.type(code)
    page.keyboard.press("Enter")
    expect(last_answer(chat)).to_contain_text("Both are on their way.")
    expect(card).to_have_count(0)
    expect(chat.get_by_test_id("composer")).to_be_focused()
    assert shop.calls[-1]["path"] == f"/orders/{carla}"
    assert watch.foreign == []
    # The browser writes a line for each answer that is no success: two were refused here.
    assert [error for error in watch.errors if "400" not in error] == []

    human, human_watch = sign_in("human_agent", "/admin/support/conversation/")
    [row] = live.rows("SELECT conversation_id FROM support_message WHERE text LIKE %s", f"%{question}%")
    human.goto(f"{live.webs[0].url}/admin/support/conversation/{row['conversation_id']}/change/")
    expect(human.get_by_test_id("verified-address")).to_contain_text(f"{carla} Verified by a code")
    assert human_watch.errors == []

    for log in (post.log, live.webs[0].log, live.worker.log):
        said = log.read_text()
        assert carla not in said
        assert code not in re.findall(r"\b\d{6}\b", said)
    prompts = json.dumps(live.model.calls(question))
    assert carla not in prompts
    assert code not in re.findall(r"\b\d{6}\b", prompts)
    [kept] = live.rows("SELECT array_agg(r::text) AS runs FROM support_run r WHERE conversation_id = %s", *row.values())
    assert carla not in str(kept)


async def _words(line, action: str, **word) -> dict:
    await line.send({"type": "action.confirm", "action": action, **word})
    return await line.until_any({"error", "action.requested", "action.resolved"})


def test_over_a_socket(live, shop, post, carla, question):
    """Red when frames lose `email` or `code`, or a card that changed is not sent again."""
    # Playwright's loop runs in this thread.
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, _over_a_socket(live, shop, post, carla, question)).result()


async def _over_a_socket(live, shop, post, carla, question) -> None:
    customer, stranger = live.customer(), live.customer()
    async with customer.socket() as line, stranger.socket() as other:
        await line.ask(question)
        asked = await line.until("action.requested")
        assert (asked["by"], asked["verification"]["sent"]) == ("customer", False)
        action = asked["action"]
        assert (await _words(line, action))["code"] == "invalid_frame"
        sent = await _words(line, action, email=carla)
        assert (sent["type"], sent["verification"]["address"]) == ("action.requested", "c•••@example.com")
        assert (await _words(line, action))["code"] == "rate_limited"
        code = code_to(post, carla)
        assert (await _words(other, action, code=code))["code"] == "not_found"
        assert (await _words(line, action, code="1"))["code"] == "invalid_frame"
        assert (await _words(line, action, code=code))["outcome"] == "confirmed"
        assert (await line.message(role="assistant"))["text"] == "Both are on their way."
    assert shop.calls[-1]["path"] == f"/orders/{carla}"
    path = f"/api/v1/actions/{action}/confirm"
    again = customer.http.post(path, json={"code": code})
    assert (again.status_code, again.json()["verification"]) == (200, None)
    assert stranger.http.post(path, json={"code": code}).status_code == 404
