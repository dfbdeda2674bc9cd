"""What `make cluster` tells its children, and what it puts before them."""

import os
import subprocess
from pathlib import Path

import pytest

from config.devservices import nginx
from config.devservices.environment import production_environment
from config.devservices.errors import DevServicesError
from config.devservices.options import Options, read_options
from config.devservices.port import free_ports, listen

URLS = {"DATABASE_URL": "postgresql:///x", "REDIS_URL": "unix:///x"}


def environment(tmp_path: Path, **given: str) -> dict[str, str]:
    return production_environment(Options("127.0.0.1", 8000, 2, tmp_path, given), URLS)


def test_it_is_as_in_production(tmp_path: Path) -> None:
    """Red when the environment of `make run` is passed on."""
    env = environment(tmp_path)
    assert env["REPLYWELL_DEV"] == ""
    assert not [name for name in env if name.startswith("RATE_LIMIT_")]
    assert env["TRUSTED_PROXIES"] == "127.0.0.1"
    assert "PROMETHEUS_MULTIPROC_DIR" not in env
    assert len(env["SECRET_KEY"]) >= 32


def test_what_the_user_set_stays(tmp_path: Path) -> None:
    env = environment(tmp_path, RATE_LIMIT_HTTP="9/m", TRUSTED_PROXIES="10.0.0.1")
    assert (env["RATE_LIMIT_HTTP"], env["TRUSTED_PROXIES"]) == ("9/m", "10.0.0.1")


def test_two_web_processes_unless_told(tmp_path: Path) -> None:
    assert read_options({}, tmp_path, web_processes=2).web_processes == 2
    assert read_options({"WEB_PROCESSES": "5"}, tmp_path, web_processes=2).web_processes == 5


def test_a_taken_port_is_passed_over() -> None:
    taken = listen("127.0.0.1", 0)
    port = taken.getsockname()[1]
    assert port not in free_ports(3, above=port - 1)
    taken.close()


def test_without_nginx_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(nginx, "FOLDERS", "/nowhere")
    with pytest.raises(DevServicesError, match="apt install nginx-light"):
        nginx.find_nginx()


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0", "::1"])
def test_nginx_accepts_the_configuration(tmp_path: Path, host: str) -> None:
    """Also where the path of the data folder has a space in it."""
    try:
        binary = nginx.find_nginx()
    except DevServicesError as error:
        pytest.skip(str(error))
    home = tmp_path / "with space"
    home.mkdir()
    program = nginx.Nginx(binary, home, host, 20_001, [20_002, 20_003]).program()
    tried = subprocess.run([*program.argv[:-2], "-t"], env={"PATH": os.defpath}, capture_output=True, text=True)
    assert "syntax is ok" in tried.stderr
