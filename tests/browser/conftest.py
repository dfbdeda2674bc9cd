"""A real browser: Debian's Chromium, driven by Playwright."""

import os
import shutil

import pytest
from playwright.sync_api import expect, sync_playwright

# A wait ends when its condition holds; on a busy machine that takes a while.
WITHIN_MS = 40_000
expect.set_options(timeout=WITHIN_MS)


# Not for the whole run: while Playwright is up, its event loop runs in this thread, which other tests mistake for theirs.
@pytest.fixture(scope="module")
def chromium():
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        message = "Chromium is not installed; on Debian: apt-get install chromium"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


class Watch:
    """What a page did that it must not: errors, dialogs, and requests to elsewhere."""

    def __init__(self, page, home: str):
        self.errors: list[str] = []
        self.foreign: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda message: self.errors.append(message.text) if message.type == "error" else None)
        page.on("dialog", lambda dialog: (self.errors.append(f"dialog {dialog.message}"), dialog.dismiss()))
        page.on("request", lambda request: self._requested(request.url, home))

    def _requested(self, url: str, home: str) -> None:
        if not url.startswith((home, home.replace("http", "ws"), "data:", "blob:", "about:")):
            self.foreign.append(url)


@pytest.fixture
def visit(chromium, live):
    """Open a page in a context of its own; returns (page, watch)."""
    contexts = []

    def open_page(path: str = "/", **options):
        context = chromium.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(WITHIN_MS)
        watch = Watch(page, live.webs[0].url)
        page.goto(live.webs[0].url + path)
        return page, watch

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def sign_in(visit, live):
    """Sign a member of staff in; returns (page, watch)."""

    def signed_in(who: str, path: str):
        page, watch = visit(f"/admin/login/?next={path}")
        page.fill("#id_username", live.demo[who]["username"])
        page.fill("#id_password", live.demo[who]["password"])
        page.click("[type=submit]")
        page.wait_for_url(f"**{path}*")
        return page, watch

    return signed_in
