"""Pictures of the moments: the customer's chat and the console, in a real browser, in the light and in two widths."""

import json
import shutil
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from playwright.async_api import Browser, Page, ViewportSize, async_playwright

from tests.docs.recorded.story import Story
from tests.engines import ROOT

FOLDER = ROOT / "docs" / "images"
WIDTHS = (1280, 375)
HEIGHT = 680
# What is in the middle of the pictures, of the chat and of the console.
CHAT = {"confirm": "[data-testid=action]", "outage": ".origin"}
CONSOLE = {"claimed": "[data-testid=handover]", "runs": "[data-testid=tool-call]:has-text('request_refund')"}


def file(moment: str, width: int) -> str:
    """The name of a picture."""
    return f"recorded-{moment}-{width}.png"


@asynccontextmanager
async def photographer() -> AsyncIterator[Callable[[str, Story], Awaitable[None]]]:
    """Who takes a picture of each moment."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])

        async def take(moment: str, story: Story) -> None:
            for width in WIDTHS:
                if moment in CHAT:
                    await _chat(browser, story, moment, width)
                if moment in CONSOLE:
                    await _console(browser, story, moment, width)

        yield take
        await browser.close()


async def _page(browser: Browser, width: int) -> Page:
    size = ViewportSize(width=width, height=HEIGHT)
    context = await browser.new_context(viewport=size, color_scheme="light", reduced_motion="reduce", timezone_id="UTC")
    return await context.new_page()


async def _chat(browser: Browser, story: Story, moment: str, width: int) -> None:
    """The customer's chat, with the customer's own session."""
    page, key = await _page(browser, width), story.inbox["key"]
    session = story.customer.session | {"subject": None, "obtained_at": int(time.time() * 1000)}
    kept = f"localStorage.setItem({json.dumps(f'replywell:{key}:session')}, {json.dumps(json.dumps(session))})"
    await page.add_init_script(kept)
    await page.goto(f"{story.live.webs[0].url}/chat/{key}")
    await page.locator(CHAT[moment]).last.wait_for()
    await _shoot(page, moment, width)


async def _console(browser: Browser, story: Story, moment: str, width: int) -> None:
    """The conversation's page, signed in as the human agent."""
    page, who = await _page(browser, width), story.live.demo["human_agent"]
    there = f"/admin/support/conversation/{story.customer.conversation}/change/"
    await page.goto(f"{story.live.webs[0].url}/admin/login/?next={there}")
    await page.fill("#id_username", who["username"])
    await page.fill("#id_password", who["password"])
    await page.click("[type=submit]")
    await page.locator("[data-testid=thread] [data-notice=claimed]").wait_for()
    if width < WIDTHS[0]:
        await page.get_by_test_id("toggle-details").click()
    await page.locator("[data-testid=run]").first.wait_for()
    shown = page.locator(CONSOLE[moment]).last
    if moment == "runs":
        await shown.locator("summary").click()
    await shown.evaluate("part => { part.scrollIntoView({ block: 'center' }); scrollTo(0, 0); }")
    await _shoot(page, moment, width)


async def _shoot(page: Page, moment: str, width: int) -> None:
    await page.evaluate("document.fonts.ready")
    await page.screenshot(path=FOLDER / file(moment, width))
    await page.context.close()
