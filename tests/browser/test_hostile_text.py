"""No text from a customer, an article or a model runs as script or loads anything, in the widget or the admin."""

import uuid

import pytest
from playwright.sync_api import expect

from tests.fakes.model import Say

PAYLOADS = """
<script>window.pwned = 1</script>
<img src="https://evil.example/a.png" onerror="window.pwned = 2">
![pixel](https://evil.example/b.png)
[click](javascript:window.pwned=3)
<a href="javascript:window.pwned=4">x</a>
<svg onload="window.pwned = 5"></svg>
<iframe src="https://evil.example/c"></iframe>
<style>@import url(https://evil.example/d.css); body { background: url(https://evil.example/e.png) }</style>
<form action="https://evil.example/f"><input autofocus onfocus="window.pwned = 6"></form>
<math><mtext></form><form><mglyph><style></math><img src onerror="window.pwned = 7">
</script><script>window.pwned = 8</script>
`<img src=x onerror=window.pwned=9>` {{ constructor.constructor('window.pwned = 10')() }}
<a href="https://evil.example/g" ping="https://evil.example/h">link</a>
"""


def is_unharmed(page, watch):
    for frame in page.frames:
        assert frame.evaluate("window.pwned") is None
        assert frame.locator("script:not([src]):not([type='application/json'])").count() == 0
        for attribute in ("onerror", "onload", "onfocus"):
            assert frame.locator(f"[{attribute}]").count() == 0
        assert frame.locator("a[href^='javascript:']").count() == 0
        assert frame.locator("iframe[src*='evil']").count() == 0
    assert [url for url in watch.foreign if "evil" in url] == []
    assert [error for error in watch.errors if "dialog" in error] == []


@pytest.fixture
def hostile_article(live):
    """An article full of payloads, found by a word of its own."""
    word = f"zyzzyva{uuid.uuid4().hex[:8]}"
    body = {"title": f"{word} <b onload=1>", "body": f"About {word}.\n\n{PAYLOADS}", "status": "published"}
    response = live.integration().post("/api/v1/knowledge/articles", json=body)
    assert response.status_code == 201, response.text
    live.wait_indexed()
    yield word
    live.integration().delete(f"/api/v1/knowledge/articles/{response.json()['id']}")


def test_hostile_text_does_nothing_anywhere(live, visit, sign_in, hostile_article):
    """Mutation: return the dirty HTML from static/shared/markdown.js."""
    live.model.script(hostile_article, Say(pieces=("See [1].\n", *PAYLOADS.splitlines(keepends=True))))
    customer, watch = visit(f"/chat/{live.demo['inbox_key']}")
    composer = customer.get_by_test_id("composer")
    composer.fill(f"{hostile_article} {PAYLOADS}")
    composer.press("Enter")
    answer = customer.locator("[data-testid=message][data-role=assistant]")
    expect(answer).to_have_count(1)
    answer.get_by_test_id("citation").first.click()
    expect(customer.get_by_test_id("citation-panel")).to_be_visible()
    is_unharmed(customer, watch)
    customer.keyboard.press("Escape")
    customer.get_by_test_id("person").click()

    staff, staff_watch = sign_in("human_agent", "/admin/support/conversation/")
    item = staff.get_by_test_id("queue-item").filter(has_text=hostile_article)
    expect(item).to_be_visible()
    is_unharmed(staff, staff_watch)
    item.get_by_role("link").first.click()
    expect(staff.get_by_test_id("thread")).to_contain_text("See")
    staff.get_by_test_id("run").first.click()
    is_unharmed(staff, staff_watch)

    editor, editor_watch = sign_in("editor", "/admin/knowledge/article/")
    editor.goto(f"{live.webs[0].url}/admin/knowledge/article/?q={hostile_article}")
    is_unharmed(editor, editor_watch)
    editor.locator("#result_list a").first.click()
    is_unharmed(editor, editor_watch)
