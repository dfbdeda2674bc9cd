"""Every page, narrow and wide, in the light and in the dark: nothing overflows, nothing is unreadable or unnamed."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text()
# What is wrong in Django's own widgets for dates and for choosing several; nobody but administrators meets them.
NOT_OURS = [["#id_last_login_0"], ["#id_last_login_1"], ["#id_date_joined_0"], ["#id_date_joined_1"], [".help-tooltip"]]
# The chat's page hides what is too wide for it, so its parts are asked where they end, to either side.
OVERFLOW = """Math.max(document.documentElement.scrollWidth - document.documentElement.clientWidth,
  ...[...document.querySelectorAll("#chat :is(.bubble, .card, .composer, .source, button)")]
    .map((one) => one.getBoundingClientRect()).filter((place) => place.width)
    .map((place) => Math.round(Math.max(-place.left, place.right - document.documentElement.clientWidth))))"""

OPEN = ["/", "/chat/demo", "/chat/nobody", "/help/embed/", "/nothing-here/", "/admin/login/"]
AGENT = ["/admin/", "/admin/support/conversation/", "/admin/support/conversation/?all=1", "/admin/knowledge/article/"]
AGENT += ["/admin/support/action/", "/admin/support/action/?state__exact=unknown"]
AGENT += ["/admin/sessions_app/customer/", "/admin/sessions_app/inbox/", "/admin/auth/user/"]
EDITOR = ["/admin/", "/admin/knowledge/article/", "/admin/knowledge/article/?q=zzzz", "/admin/knowledge/article/add/"]
EDITOR += [
    "/admin/knowledge/curatedanswer/",
    "/admin/knowledge/curatedanswer/add/",
    "/admin/knowledge/curatedanswer/try/",
]
EDITOR += ["/admin/knowledge/source/", "/admin/knowledge/source/add/", "/admin/knowledge/sourceitem/"]
EDITOR += ["/admin/knowledge/reindex/", "/admin/knowledge/importjob/", "/admin/knowledge/importjob/add/"]
EDITOR += ["/admin/knowledge/article/search/?question=how+do+I+import&as=staff"]
ADMIN = ["/admin/", "/admin/sessions_app/inbox/add/", "/admin/sessions_app/apikey/", "/admin/sessions_app/apikey/add/"]
ADMIN += ["/admin/support/webhook/", "/admin/support/webhook/add/", "/admin/support/webhookdelivery/"]
ADMIN += ["/admin/support/erasure/", "/admin/support/notificationplan/", "/admin/audit/entry/"]
ADMIN += ["/admin/knowledge/reindex/", "/admin/support/escalationpolicy/"]
ADMIN += ["/admin/auth/user/", "/admin/auth/user/1/change/", "/admin/auth/group/", "/admin/password_change/"]
ADMIN += ["/admin/auth/user/sessions/"]
ADMIN += ["/admin/agents/httptool/", "/admin/agents/httptool/add/", "/admin/agents/toolcall/"]
ADMIN += ["/admin/agents/mcpserver/add/", "/admin/agents/mcptool/"]
PEOPLE = {None: OPEN, "human_agent": AGENT, "editor": EDITOR, "admin": ADMIN}


def problems(page, *rules):
    """What axe-core finds serious in the page, as (rule, element) pairs; by all its rules, or those that are named."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    # What is preloaded would only tell of sounds that play by themselves.
    options = {"resultTypes": ["violations"], "iframes": False, "preload": False}
    if rules:
        options["runOnly"] = list(rules)
    found = page.evaluate("([skip, options]) => axe.run({exclude: skip}, options)", [NOT_OURS, options])
    return [
        (violation["id"], node["target"])
        for violation in found["violations"]
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"]
    ]


def check(page):
    """The page as it is, in both widths and both themes."""
    page.set_viewport_size({"width": 375, "height": 800})
    assert page.evaluate(OVERFLOW) <= 0, f"{page.url} scrolls sideways at 375 px"
    page.set_viewport_size({"width": 1280, "height": 800})
    assert page.evaluate(OVERFLOW) <= 0, f"{page.url} scrolls sideways at 1280 px"
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    assert problems(page) == [], f"{page.url} in light"
    # The other colours change nothing of the page but its contrast.
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    assert problems(page, "color-contrast") == [], f"{page.url} in dark"


@pytest.mark.parametrize("who", PEOPLE)
def test_every_page_fits_and_can_be_read(live, visit, sign_in, who):
    """Red when the columns of the start page are never narrower than 26rem, and when --rw-ink-soft is made as pale as #8d938c."""
    page, _ = sign_in(who, "/admin/") if who else visit("/")
    for path in PEOPLE[who]:
        page.goto(live.webs[0].url + path)
        check(page)


def test_the_navigation_begins_where_the_page_is(live, sign_in):
    """Red without nav.js: on a telephone the entry of the page is beyond the edge."""
    page, _ = sign_in("admin", "/admin/")
    page.set_viewport_size({"width": 375, "height": 800})
    page.goto(f"{live.webs[0].url}/admin/support/webhook/")
    expect(page.locator(".rw-nav [aria-current]")).to_be_in_viewport(ratio=1)


def test_a_conversation_fits_and_can_be_read(live, visit, sign_in):
    """Red when a bubble of the chat is never narrower than 30rem."""
    customer = live.customer()
    customer.send("How do I put the chat on my site?", wait=30)
    page, _ = sign_in("human_agent", f"/admin/support/conversation/{customer.conversation}/change/")
    page.get_by_test_id("run").first.wait_for()
    check(page)
    chat, _ = visit("/chat/demo")
    chat.get_by_test_id("composer").fill("How do I import articles?")
    chat.get_by_test_id("composer").press("Enter")
    chat.get_by_test_id("citation").first.click()
    check(chat)
    chat.keyboard.press("Escape")
    check(chat)


def test_the_pages_of_an_article_fit_and_can_be_read(live, sign_in):
    """Red when the added words of a comparison are as pale as their background."""
    api = live.integration()
    long = "a" * 200
    body = {
        "title": f"Fits {long}",
        "body": f"# One\n\nOld {long}.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n",
        "status": "published",
    }
    made = api.post("/api/v1/knowledge/articles", json=body).json()["id"]
    api.patch(
        f"/api/v1/knowledge/articles/{made}",
        json={"valid_until": "2020-01-01T00:00:00Z", "body": f"# One\n\nNew {long}.\n\n```\n{long}\n```\n"},
    )
    page, _ = sign_in("editor", "/admin/knowledge/article/")
    for path in ("change/", "history/", "compare/?from=1&to=2", "compare/?to=1", "restore/1/", "passages/"):
        page.goto(f"{live.webs[0].url}/admin/knowledge/article/{made}/{path}")
        if path == "change/":
            page.get_by_test_id("preview").locator("pre").wait_for()
        check(page)
    page.get_by_test_id("rewrite").first.click()
    page.get_by_label("Text").fill(f"By hand {long}.")
    check(page)
    page.get_by_test_id("pin-save").click()
    page.get_by_test_id("unpin").wait_for()
    check(page)
    api.delete(f"/api/v1/knowledge/articles/{made}")


@pytest.mark.parametrize("path", ["/api/schema/redoc/", "/api/schema/swagger-ui/"])
def test_api_documents_load_under_our_policy(visit, path):
    """Red when the template asks a foreign server for fonts."""
    page, watch = visit(path)
    page.get_by_text("/api/v1/conversations").first.wait_for()
    # Redoc's own mark in the corner of its menu comes from its maker's server, which our policy refuses as well.
    assert [error for error in watch.errors if "logo-mini.svg" not in error] == []
