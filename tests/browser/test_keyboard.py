"""The chat without a mouse, and with little room for fingers."""

from playwright.sync_api import expect

FOCUSED = "document.activeElement?.dataset.testid"
SMALL_TARGETS = """() => [...document.querySelectorAll("button, textarea, a[href]")].filter((element) => {
  const { width, height } = element.getBoundingClientRect();
  return width > 0 && !element.matches(".cite, .rw-prose a") && (width < 40 || height < 40);
}).map((element) => element.outerHTML.slice(0, 80))"""


def press(page, key, until, frame=None):
    """Press a key until that element has the focus."""
    for _ in range(40):
        page.keyboard.press(key)
        if (frame or page).evaluate(FOCUSED) == until:
            return
    raise AssertionError(f"{until} cannot be reached with {key}")


def test_ask_read_a_source_and_leave_with_the_keyboard_alone(visit):
    """Red when the sheet is shown without being modal."""
    page, watch = visit("/chat/demo")
    composer = page.get_by_test_id("composer")
    expect(composer).to_be_focused()
    page.keyboard.type("How do I put the chat on my site?")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("rate-up")).to_be_visible()
    press(page, "Shift+Tab", "source")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("citation-panel")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("citation-panel")).to_be_hidden()
    expect(page.get_by_test_id("source").first).to_be_focused()
    press(page, "Tab", "composer")
    assert watch.errors == []


def test_the_launcher_opens_and_escape_gives_the_focus_back(visit):
    """Red when Escape does not reach the host page."""
    page, _ = visit("/")
    page.get_by_test_id("launcher").focus()
    page.keyboard.press("Enter")
    chat = page.frame_locator("[data-testid=chat-frame]")
    expect(chat.get_by_test_id("composer")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("launcher")).to_have_attribute("aria-expanded", "false")
    expect(page.get_by_test_id("launcher")).to_be_focused()


def test_targets_are_as_large_as_a_finger_needs(visit):
    """Red when --rw-tap is 2rem."""
    page, _ = visit("/chat/demo", viewport={"width": 375, "height": 800})
    expect(page.get_by_test_id("suggestion").first).to_be_visible()
    assert page.evaluate(SMALL_TARGETS) == []
    page.get_by_test_id("composer").fill("How do I put the chat on my site?")
    page.get_by_test_id("send").click()
    page.get_by_test_id("rate-down").click()
    expect(page.get_by_test_id("rating-form")).to_be_visible()
    assert page.evaluate(SMALL_TARGETS) == []


def test_the_account_menu_opens_and_closes_by_keyboard(sign_in):
    """Red when the name is not a button of the menu."""
    page, _ = sign_in("human_agent", "/admin/sessions_app/customer/")
    page.set_viewport_size({"width": 1280, "height": 700})
    link = page.get_by_role("link", name="Change password")
    expect(link).to_be_hidden()
    page.locator("#user-tools button.rw-whoami").press("Enter")
    expect(link).to_be_visible()
    page.keyboard.press("Escape")
    expect(link).to_be_hidden()
    assert page.locator("#header").bounding_box()["height"] < 60, "one row"
