"""What a new user does first, with the words of the pages: their own articles answer, and a tool of their own."""

import json
import os
import re
import subprocess
import sys
import time
import uuid

import jwt
import pytest

from tests.docs.pages import fences
from tests.docs.test_names import MAKEFILE
from tests.engines import ROOT
from tests.fakes.model import Say

KILN = "Members may rent the small kiln for a day. Bring your own shelves, and book it a week ahead."


def documented(pattern: str, page: str = "README.md") -> str:
    """The one piece of code of the page that fits."""
    (found,) = set(re.findall(pattern, (ROOT / page).read_text()))
    return found


@pytest.fixture
def folder(tmp_path):
    """A help centre of one's own."""
    (tmp_path / "pottery").mkdir()
    (tmp_path / "pottery" / "kiln.md").write_text(f"# Renting the kiln\n\n{KILN}\n")
    return tmp_path / "pottery"


def test_ones_own_articles_answer(stage, folder):
    """README: a folder is imported, and the next question is answered from it, with its source.

    Red when an imported article is left a draft, or is not to be found when the command ends.
    """
    command = documented(r"`(\.venv/bin/python manage\.py ingest FOLDER)`")
    line = command.replace("FOLDER", str(folder)).replace(".venv/bin/python", sys.executable)
    subprocess.run(line.split(), cwd=ROOT, env=stage.live.environment, check=True, capture_output=True)
    (reply,) = stage.live.customer().send("Which shelves do I need to rent the small kiln?", wait=30)["replies"]
    assert reply["citations"][0]["title"] == "Renting the kiln"
    assert reply["citations"][0]["quote"] in KILN


@pytest.fixture
def with_own_tool(live, tmp_path):
    """A web process with the app of docs/extending.md, written as the page says."""
    (example,) = [fence for fence in fences("python") if fence.page == "docs/extending.md"]
    path = tmp_path / re.findall(r"# (\S+), beside an empty (\S+)", example.text)[0][0]
    path.parent.mkdir()
    path.write_text(example.text)
    (path.parent / "__init__.py").write_text("")
    app = documented(r"`EXTRA_APPS=(\w+)`", "docs/extending.md")
    web = live.start_web(EXTRA_APPS=f"tests.toolkit,{app}", PYTHONPATH=f"{tmp_path}{os.pathsep}{ROOT}")
    web.wait_ready()
    yield web
    live.webs.remove(web)
    web.kill()


def test_ones_own_tool_answers(live, with_own_tool, model):
    """docs/extending.md: ten lines, and the model gets what they say. Red when an app's tools are not looked for."""
    marker = f"own{uuid.uuid4().hex}"
    model.script(marker, Say(tool=("delivery_day", '{"number": 7}')), Say(pieces=("Order 7 arrives ", "on Monday.")))
    token = jwt.encode({"sub": "carla-1", "exp": int(time.time()) + 300}, live.demo["identity_secret"], "HS256")
    customer = live.customer(with_own_tool, identity=token)
    (reply,) = customer.send(f"When does order 7 arrive? {marker}", wait=30)["replies"]
    assert (reply["engine"], reply["text"]) == ("llm", "Order 7 arrives on Monday.")
    offered, told = model.calls(marker)[0], model.calls(marker)[-1]["messages"][-1]
    assert "delivery_day" in json.dumps(offered["tools"])
    assert (told["role"], told["content"]) == ("tool", "Order 7 of carla-1 arrives on Monday.")


def test_make_cluster_is_what_the_cluster_test_starts():
    """`tests/faults/test_cluster.py` starts the module itself. Red when the target starts something else."""
    target = re.findall(r"^cluster:.*\n((?:\t.*\n)+)", MAKEFILE, re.MULTILINE)[0]
    assert "-m config.devservices cluster" in target
    assert '"-m", "config.devservices", "cluster"' in (ROOT / "tests/faults/test_cluster.py").read_text()
