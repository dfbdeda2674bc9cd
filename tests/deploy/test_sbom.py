"""`make sbom` names every package that the product is made of."""

import json
import re
import subprocess
from importlib.resources import files

import jsonschema_rs
import pytest

from tests.engines import ROOT

SCHEMAS = files("cyclonedx.schema._res")


def schema(name: str) -> dict:
    return json.loads((SCHEMAS / f"{name}.SNAPSHOT.schema.json").read_text())


def valid(bill: dict) -> bool:
    """By CycloneDX's own schema. The tool does it too, in ten times the time."""
    parts = [
        (f"http://cyclonedx.org/schema/{name}.SNAPSHOT.schema.json", schema(name)) for name in ("spdx", "jsf-0.82")
    ]
    return jsonschema_rs.validator_for(schema("bom-1.6"), registry=jsonschema_rs.Registry(parts)).is_valid(bill)


def test_the_bill_of_materials_is_complete(tmp_path):
    """Red when the Makefile's recipe names another file or another version of CycloneDX."""
    if not (ROOT / ".venv-sbom").exists():
        pytest.skip("the tool has an environment of its own, which `make sbom` sets up; CI does")
    recipe = re.search(
        r"(\.venv-sbom/bin/cyclonedx-py .*?)\n\n|\Z", (ROOT / "Makefile").read_text() + "\n\n", re.DOTALL
    )[1]
    made = tmp_path / "sbom.json"
    subprocess.run(
        ["sh", "-c", recipe.replace("sbom.json", f"{made} --no-validate")],
        cwd=ROOT,
        check=True,
        capture_output=True,
        timeout=100,
    )
    bill = json.loads(made.read_text())
    pinned = {
        line.split(" ")[0].partition("[")[0]
        for line in (ROOT / "requirements.txt").read_text().split("\n")
        if "==" in line
    }
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    assert valid(bill)
    assert not valid(bill | {"components": [{"name": "without a type"}]})
    assert bill["metadata"]["component"]["name"] == "replywell"
    assert len(bill["components"]) == len(pinned) > 100
    assert all(part["purl"].startswith(f"pkg:pypi/{part['name']}@") for part in bill["components"])
