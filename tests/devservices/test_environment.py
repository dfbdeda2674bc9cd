"""What the children are told."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from config.devservices.environment import allowed_hosts, base_url, child_environment, empty_metrics_folder
from config.devservices.options import Options

URLS = {"DATABASE_URL": "postgresql:///x", "REDIS_URL": "unix:///x"}


def environment(tmp_path: Path, **given: str) -> dict[str, str]:
    options = Options("127.0.0.1", 8000, 1, tmp_path, given)
    return child_environment(options, URLS)


def test_defaults_suit_one_machine(tmp_path: Path) -> None:
    env = environment(tmp_path)
    assert env["DATA_DIR"] == str(tmp_path)
    assert env["RATE_LIMIT_MESSAGES"] == "100000/m"
    assert env["RATE_LIMIT_HTTP"] == "1000000/m"
    assert env["RATE_LIMIT_SESSIONS"] == "1000000/m"
    assert env["RATE_LIMIT_MODEL_TOKENS"] == "1000000000/m"
    assert env["ALLOWED_HOSTS"] == "localhost,127.0.0.1,[::1]"
    assert env["PUBLIC_URL"] == "http://127.0.0.1:8000"
    assert env["REPLYWELL_DEV"] == "1"
    assert "DEBUG" not in env


def test_what_the_user_set_stays(tmp_path: Path) -> None:
    env = environment(tmp_path, RATE_LIMIT_HTTP="9/m", SECRET_KEY="mine", REDIS_URL="redis://r")
    assert (env["RATE_LIMIT_HTTP"], env["SECRET_KEY"], env["REDIS_URL"]) == (
        "9/m",
        "mine",
        "redis://r",
    )


def test_all_processes_count_together(tmp_path: Path) -> None:
    """Red without PROMETHEUS_MULTIPROC_DIR: a scrape would see the counters of the process it happens to reach."""
    env = child_environment(Options("127.0.0.1", 8000, 2, tmp_path, {}), URLS)
    (tmp_path / "metrics").mkdir()
    (tmp_path / "metrics" / "counter_1.db").write_bytes(b"from before")
    empty_metrics_folder(tmp_path)
    assert list((tmp_path / "metrics").iterdir()) == []
    add = "from prometheus_client import Counter; Counter('things', 'Things.', ['kind']).labels('x').inc()"
    for _ in range(2):
        subprocess.run([sys.executable, "-c", add], env=os.environ | env, check=True)
    read = (
        "from prometheus_client import CollectorRegistry, generate_latest, multiprocess as m;"
        "r = CollectorRegistry(); m.MultiProcessCollector(r); print(generate_latest(r).decode())"
    )
    shown = subprocess.run(
        [sys.executable, "-c", read], env=os.environ | env, check=True, capture_output=True, text=True
    )
    assert 'things_total{kind="x"} 2.0' in shown.stdout


def test_keys_are_made_once_and_for_us_alone(tmp_path: Path) -> None:
    first, second = environment(tmp_path), environment(tmp_path)
    for name in ("SECRET_KEY", "SESSION_ENCRYPTION_KEYS"):
        assert first[name] == second[name] != ""
    assert (tmp_path / "secrets.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("0.0.0.0", "http://127.0.0.1:8000"),
        ("::1", "http://[::1]:8000"),
        ("localhost", "http://localhost:8000"),
    ],
)
def test_the_address_can_be_typed_into_a_browser(host: str, address: str) -> None:
    assert base_url(host, 8000) == address


def test_the_chosen_host_is_allowed() -> None:
    assert "192.0.2.1" in allowed_hosts("192.0.2.1")
    assert "[2001:db8::1]" in allowed_hosts("2001:db8::1")
