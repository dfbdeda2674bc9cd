"""The recorded conversation is what happens now. With RECORD=1 (`make record`) it is written anew, and so are its pictures."""

import asyncio
import json
import os
import subprocess
import sys
import threading
from importlib.util import module_from_spec, spec_from_file_location

import pytest

from tests.docs.recorded import page, pictures, story
from tests.engines import ROOT

HOST = "127.0.0.3"


@pytest.fixture
def shop_service():
    """docs/examples/shop_service.py, on the address that the installation may call."""
    spec = spec_from_file_location("shop_service", ROOT / "docs" / "examples" / "shop_service.py")
    assert spec is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    server = module.server(0, host=HOST)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def inbox(live, shop_service):
    """The tea shop's inbox, its articles, and the tools that lead to its systems."""
    address = f"http://{HOST}:{shop_service.server_address[1]}"
    command = [sys.executable, "-m", "tests.docs.recorded.setting", address]
    made = subprocess.run(command, cwd=ROOT, env=live.environment, check=True, stdout=subprocess.PIPE, text=True)
    with story.published(live):
        yield json.loads(made.stdout)
    for table in ("httpparameter", "httptool", "configuredtool"):
        live.rows(f"DELETE FROM agents_{table}")


async def nobody_looks(moment, told):
    """No picture is taken."""


async def recorded(live, inbox, shop):
    async with pictures.photographer() as photographer:
        return await story.play(live, inbox, shop, photographer)


def test_the_page_says_what_happens_now(live, inbox, shop_service):
    """Red when anything on the page is not what the product does; `make record` writes the page anew, to be looked at."""
    shop = shop_service.shop
    if os.environ.get("RECORD"):
        page.PAGE.write_text(page.written(asyncio.run(recorded(live, inbox, shop))))
    else:
        assert page.PAGE.read_text() == page.written(asyncio.run(story.play(live, inbox, shop, nobody_looks)))


@pytest.mark.parametrize("moment", [*pictures.CHAT, *pictures.CONSOLE])
@pytest.mark.parametrize("width", pictures.WIDTHS)
def test_pictures_are_small(moment, width):
    assert 5_000 < (pictures.FOLDER / pictures.file(moment, width)).stat().st_size < 150_000
