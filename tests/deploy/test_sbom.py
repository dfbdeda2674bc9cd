"""`make sbom` names every package that the product is made of."""

import json
import re
import subprocess

from tests.engines import ROOT


def test_the_bill_of_materials_is_complete(tmp_path):
    """Red when the Makefile's recipe names another file or another version of CycloneDX. The tool checks its own output."""
    recipe = re.search(r"(\.venv/bin/cyclonedx-py .*?)\n\n|\Z", (ROOT / "Makefile").read_text() + "\n\n", re.DOTALL)[1]
    made = tmp_path / "sbom.json"
    subprocess.run(
        ["sh", "-c", recipe.replace("sbom.json", str(made))], cwd=ROOT, check=True, capture_output=True, timeout=100
    )
    bill = json.loads(made.read_text())
    pinned = {
        line.split(" ")[0].partition("[")[0] for line in (ROOT / "requirements.txt").read_text().split("\n") if "==" in line
    }
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    assert bill["metadata"]["component"]["name"] == "replywell"
    assert len(bill["components"]) == len(pinned) > 100
    assert all(part["purl"].startswith(f"pkg:pypi/{part['name']}@") for part in bill["components"])
