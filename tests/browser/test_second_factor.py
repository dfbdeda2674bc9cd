"""A second factor in a real browser: set up, shown, by keyboard, in both widths and both themes."""

import re

import pytest
from django.contrib.auth.hashers import make_password

from tests.browser.test_every_page import check

PASSWORD = "a-long-enough-phrase"  # pragma: allowlist secret


@pytest.fixture
def nora(live):
    """A member of staff of this test's own. Keys need a host with a name."""
    live.rows(
        "INSERT INTO auth_user (username, password, is_staff, is_superuser, is_active, first_name, last_name, email, date_joined)"
        " VALUES ('nora', %s, true, true, true, 'Nora', '', '', now())",
        make_password(PASSWORD),
    )
    yield live.webs[0].url.replace("127.0.0.1", "localhost")
    live.rows("DELETE FROM mfa_authenticator")
    live.rows("DELETE FROM auth_user WHERE username = 'nora'")


def sign_in(page, home, where="/admin/second-factor/"):
    page.goto(f"{home}/admin/login/?next={where}")
    page.fill("#id_username", "nora")
    page.fill("#id_password", PASSWORD)
    page.keyboard.press("Enter")


def test_a_security_key_from_adding_to_signing_in(chromium, visit, nora):
    """Red when the page's policy refuses the scripts, or security_key.js does not send the answer."""
    page, watch = visit("/admin/login/")
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    key = {"protocol": "ctap2", "transport": "usb", "hasUserVerification": True, "isUserVerified": True}
    options = key | {"automaticPresenceSimulation": True}
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    sign_in(page, nora)
    page.get_by_test_id("add-key").wait_for()
    check(page)
    page.get_by_test_id("add-key").click()
    page.get_by_test_id("confirm-key").wait_for()
    check(page)
    page.get_by_label("Name").fill("Blue key ring")
    page.keyboard.press("Enter")
    codes = page.get_by_test_id("recovery-codes")
    codes.wait_for()
    assert len(re.findall(r"\d{4} \d{4}", codes.inner_text())) == 10
    check(page)
    page.get_by_test_id("kept").click()
    assert "Blue key ring" in page.get_by_test_id("key").inner_text()
    check(page)
    page.get_by_test_id("add-app").click()
    page.get_by_test_id("secret").wait_for()
    check(page)
    page.context.clear_cookies()
    sign_in(page, nora)
    page.get_by_test_id("use-key").wait_for()
    check(page)
    page.get_by_test_id("use-key").click()
    page.get_by_test_id("codes-left").wait_for()
    assert watch.errors == []
    page.get_by_role("link", name="Remove Blue key ring").click()
    page.get_by_test_id("remove").wait_for()
    check(page)
    page.get_by_test_id("remove").click()
    page.get_by_text("The second factor was removed.").wait_for()


def test_what_the_page_says_when_no_key_answers(chromium, visit, nora):
    """Red when security_key.js lets the error pass: the button would stay grey."""
    page, _ = visit("/admin/login/")
    sign_in(page, nora.replace("localhost", "127.0.0.1"), "/admin/second-factor/key/")
    page.get_by_test_id("confirm-key").click()
    page.get_by_text("Security keys work at https addresses").wait_for()
    assert page.get_by_test_id("confirm-key").is_enabled()
