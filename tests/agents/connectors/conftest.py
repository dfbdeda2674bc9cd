"""Fixtures of the connectors' tests: a system on a socket, tools configured for it, and the example service."""

import importlib.util
import threading
from pathlib import Path

import pytest

from agents import toolbox
from agents.connectors.models import HttpParameter, HttpTool
from config.common import crypto
from config.common.networks import parse_networks
from tests.fakes.system import System

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(autouse=True)
def forgotten():
    """What another test configured is not remembered."""
    toolbox.forget()
    yield
    toolbox.forget()


@pytest.fixture(autouse=True)
def reachable(settings):
    """The systems of these tests are on this machine."""
    settings.FETCH_ALLOWED_NETWORKS = parse_networks(["127.0.0.1"])


@pytest.fixture
def system():
    """A system that answers as it is told, and remembers what it was asked."""
    with System() as running:
        yield running


@pytest.fixture
def connect(system):
    """Configure an HTTP tool for the system; parameters are (name, type) or dictionaries."""

    def configure(*parameters, **fields):
        address = {"url": system.url + fields.pop("path", "/thing")}
        defaults = {"name": "thing", "description": "Look up a thing.", "label": "Looking", "title": "Do a thing"}
        tool = HttpTool.objects.create(**({"risk": "read", "identity": "anonymous"} | defaults | address | fields))
        for parameter in parameters:
            given = parameter if isinstance(parameter, dict) else dict(zip(("name", "type"), parameter, strict=True))
            HttpParameter.objects.create(tool=tool, **given)
        return tool

    return configure


@pytest.fixture
def shop_service():
    """docs/examples/shop_service.py, running; its data is `shop`, its address `url`."""
    spec = importlib.util.spec_from_file_location("shop_service", ROOT / "docs" / "examples" / "shop_service.py")
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    server = module.server(0)
    server.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def fresh_box():
    """The encryption keys are read from the settings again, now and after the test."""
    crypto.box.cache_clear()
    yield crypto.box.cache_clear
    crypto.box.cache_clear()
