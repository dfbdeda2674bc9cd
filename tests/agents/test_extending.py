"""The example of docs/extending.md is a tool."""

import re
import sys
import uuid
from dataclasses import replace
from pathlib import Path

import pytest
from django.apps import apps

from agents.registry import ToolContext, ToolFailed, registry
from agents.turn import Who
from tests.agents.conftest import context_of

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "extending.md"


@pytest.fixture
def installed(tmp_path, monkeypatch, settings):
    """The guide's module, as an app of EXTRA_APPS."""
    (code,) = re.findall(r"```python\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    package = tmp_path / "my_tools"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "tools.py").write_text(code)
    monkeypatch.syspath_prepend(str(tmp_path))
    settings.INSTALLED_APPS = [*settings.INSTALLED_APPS, "my_tools"]
    assert apps.is_installed("my_tools")
    registry.cache_clear()
    yield registry()["delivery_day"]
    registry.cache_clear()
    for name in ("my_tools", "my_tools.tools"):
        sys.modules.pop(name, None)


async def test_the_guides_tool_works(installed):
    """Red when the guide's code and the registry drift apart."""
    assert (installed.risk, installed.identity) == ("read", "identified")
    assert installed.schema["function"]["description"].startswith("Look up when an order is delivered.")
    carla = Who(uuid.uuid4(), "carla-1")
    assert installed.admits(carla)
    assert not installed.admits(replace(carla, sub=None))
    context = ToolContext(replace(context_of("When?"), who=carla), [])
    assert (await installed.run(context, {"number": 7})).text == "Order 7 of carla-1 arrives on Monday."
    with pytest.raises(ToolFailed):
        await installed.run(context, {"number": 0})
