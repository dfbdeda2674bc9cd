"""The pages of a webhook in a real browser: its form, its secret, what it was sent."""

import pytest

from tests.browser.test_every_page import check


@pytest.fixture
def webhook(live):
    """A webhook with a long address, which nobody delivers to."""
    api = live.integration()
    made = api.post("/api/v1/webhooks", json={"url": f"https://example.com/{'a' * 300}", "types": ["run.completed"]})
    yield made.json()["id"]
    api.delete(f"/api/v1/webhooks/{made.json()['id']}")


def test_the_pages_of_a_webhook_fit_and_can_be_read(live, sign_in, webhook):
    """In both widths and both themes, with an address that has to break."""
    page, watch = sign_in("admin", "/admin/support/webhook/")
    check(page)
    home = live.webs[0].url
    page.goto(f"{home}/admin/support/webhook/{webhook}/change/")
    check(page)
    page.get_by_test_id("send-test").click()
    page.get_by_test_id("replay").wait_for()
    assert "webhook.test" in page.get_by_test_id("delivery-body").inner_text()
    check(page)
    page.goto(f"{home}/admin/support/webhookdelivery/?webhook__id__exact={webhook}")
    check(page)
    live.rows("UPDATE support_webhook SET enabled = false, disabled_reason = 'failing' WHERE id = %s", webhook)
    page.goto(f"{home}/admin/support/webhook/{webhook}/change/")
    page.get_by_test_id("switched-off").wait_for()
    check(page)
    page.get_by_test_id("new-secret").click()
    assert page.get_by_test_id("webhook-secret").inner_text().startswith("whsec_")
    check(page)
    assert watch.foreign == []
