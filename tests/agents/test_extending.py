"""The examples of docs/extending.md and of the help article on tools are tools."""

import re
import sys
import uuid
from dataclasses import replace
from pathlib import Path

import pytest
from django.apps import apps

from agents.registry import Tool, ToolContext, ToolFailed, registry
from agents.turn import Who
from tests.agents.conftest import context_of

DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.fixture
def install(tmp_path, monkeypatch, settings):
    """Make a page's module an app of EXTRA_APPS; gives the tool of that name."""

    def installed(page: str, name: str) -> Tool:
        (code,) = re.findall(r"```python\n(.*?)```", (DOCS / page).read_text(), re.DOTALL)
        package = tmp_path / "my_tools"
        package.mkdir()
        (package / "__init__.py").write_text("")
        (package / "tools.py").write_text(code)
        monkeypatch.syspath_prepend(str(tmp_path))
        settings.INSTALLED_APPS = [*settings.INSTALLED_APPS, "my_tools"]
        assert apps.is_installed("my_tools")
        registry.cache_clear()
        return registry()[name]

    yield installed
    registry.cache_clear()
    for module in ("my_tools", "my_tools.tools"):
        sys.modules.pop(module, None)


async def test_the_guides_tool_works(install):
    """Red when the guide's code and the registry drift apart."""
    installed = install("extending.md", "delivery_day")
    assert (installed.risk, installed.identity) == ("read", "identified")
    assert installed.schema["function"]["description"].startswith("Look up when an order is delivered.")
    carla = Who(uuid.uuid4(), "carla-1")
    assert installed.admits(carla)
    assert not installed.admits(replace(carla, sub=None))
    context = ToolContext(replace(context_of("When?"), who=carla), [])
    assert (await installed.run(context, {"number": 7})).text == "Order 7 of carla-1 arrives on Monday."
    with pytest.raises(ToolFailed):
        await installed.run(context, {"number": 0})


async def test_the_help_articles_tool_works(install):
    """Red when the help article's code and the registry drift apart."""
    installed = install("help/own-tool.md", "order_status")
    assert (installed.risk, installed.identity) == ("read", "anonymous")
    context = ToolContext(context_of("Where?"), [])
    assert (await installed.run(context, {"order_number": "1001"})).text == "shipped"
    assert (await installed.run(context, {"order_number": "1003"})).text == "There is no order with this number."
