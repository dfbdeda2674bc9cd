"""Model servers of others, as processes: LiteLLM's proxy and `transformers serve`."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import yaml

from tests.engines import ROOT

# Where `make interop` puts what tests/interop-requirements.txt lists.
PACKAGES = ROOT / ".venv-interop" / "lib" / f"python3.{sys.version_info[1]}" / "site-packages"
LITELLM = ROOT / ".venv-interop" / "bin" / "litellm"
KEY = "sk-interop"
# What a server takes that asks for none.
ANY = "none"
PATIENCE = 180.0
# Our own packages come first; only what we lack is taken from there.
_TRANSFORMERS = """
import sys
sys.path.append(sys.argv.pop(1))
from transformers.cli.transformers import main
main()
"""


def mocked(name: str, **parameters: object) -> dict:
    """A model that LiteLLM plays itself."""
    return {"model_name": name, "litellm_params": {"model": f"openai/{name}", "api_key": ANY, **parameters}}


def configuration(upstream: str) -> dict:
    """LiteLLM's: two models of its own, and one that it asks the server at `upstream` for."""
    passed_on = {"model": "openai/scripted", "api_base": upstream, "api_key": ANY}
    models = [
        mocked("mocked", mock_response="You find this in the help centre [1]."),
        mocked("limited", mock_response="litellm.RateLimitError"),
        {"model_name": "scripted", "litellm_params": passed_on},
    ]
    # What is tried again, and when, is what is tested.
    router = {"num_retries": 0, "disable_cooldowns": True}
    return {"model_list": models, "general_settings": {"master_key": KEY}, "router_settings": router}


@contextmanager
def litellm(folder: Path, port: int, upstream: str) -> Iterator[str]:
    """LiteLLM's proxy before the server at `upstream`; gives its base URL."""
    path = folder / "litellm.yaml"
    path.write_text(yaml.safe_dump(configuration(upstream)))
    arguments = [str(LITELLM), "--config", str(path), "--host", "127.0.0.1", "--port", str(port)]
    with _running(arguments, folder / "litellm.log", f"http://127.0.0.1:{port}/health/liveliness"):
        yield f"http://127.0.0.1:{port}/v1"


@contextmanager
def transformers(folder: Path, port: int) -> Iterator[tuple[str, str]]:
    """`transformers serve` with a tiny model; gives its base URL and the model's name."""
    model = folder / "tiny"
    subprocess.run([sys.executable, "-m", "tests.interop.tiny", str(model)], cwd=ROOT, check=True, capture_output=True)
    serve = ["serve", "--host", "127.0.0.1", "--port", str(port), "--device", "cpu"]
    arguments = [sys.executable, "-c", _TRANSFORMERS, str(PACKAGES), *serve]
    with _running(arguments, folder / "transformers.log", f"http://127.0.0.1:{port}/health"):
        yield f"http://127.0.0.1:{port}/v1", str(model)


@contextmanager
def _running(arguments: list[str], log: Path, health: str) -> Iterator[None]:
    """A process, until it answers there; killed afterwards."""
    # Nothing of ours may lead them astray, and nothing is looked up on the internet.
    names = {"PATH", "HOME", "LANG", "TMPDIR"}
    environment = {name: value for name, value in os.environ.items() if name in names}
    environment |= {"HF_HUB_OFFLINE": "1", "LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_TELEMETRY": "False"}
    with log.open("wb") as output:
        child = subprocess.Popen(arguments, env=environment, stdout=output, stderr=output)
    try:
        deadline = time.monotonic() + PATIENCE
        while not _answers(health):
            assert child.poll() is None, log.read_text()[-3000:]
            assert time.monotonic() < deadline, "it did not start in time"
            time.sleep(0.2)
        yield
    finally:
        child.kill()
        child.wait()


def _answers(url: str) -> bool:
    try:
        return httpx2.get(url, timeout=2).status_code == 200
    except httpx2.HTTPError:
        return False
