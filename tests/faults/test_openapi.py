"""The API does what its OpenAPI document says, for everybody, whatever it is sent (schemathesis, all checks)."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

CONFIG = Path(__file__).with_name("schemathesis.toml")
ST = Path(sys.executable).with_name("st")
QUICK = ["--phases", "fuzzing", "--max-examples", "1"]
FULL_MARKS = [pytest.mark.faults, pytest.mark.timeout(1800)]
FULL = ["--phases", "examples,coverage,fuzzing,stateful", "--max-examples", "25"]


@pytest.mark.parametrize(
    ("who", "size"),
    [
        pytest.param("integration", QUICK, id="quick"),
        *(pytest.param(who, FULL, id=who, marks=FULL_MARKS) for who in ("integration", "customer", "nobody")),
    ],
)
def test_the_api_is_what_it_says(live, who, size, tmp_path):
    """Red when `errors` leaves 404 out of routes' answers; at full size also when it leaves out 403, or `Pagination.get_page_size`
    is left to its base class."""
    customer = live.customer()
    customer.send("How do I start it?", wait=30)
    credentials = {
        "integration": ["--header", f"Authorization: Api-Key {live.demo['api_key']}"],
        "customer": ["--header", f"Authorization: {customer.http.headers['Authorization']}"],
        "nobody": [],
    }
    command = [ST, "--config-file", CONFIG, "run", f"{live.webs[0].url}/api/schema/", *credentials[who], *size]
    done = subprocess.run(
        [*command, "--seed", "1", "--no-color"],
        cwd=tmp_path,
        env=os.environ | {"CONVERSATION": customer.conversation},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
