"""The environment that `make run` gives to its children."""

import socket
from collections.abc import Mapping
from pathlib import Path
from shutil import rmtree

from .keys import load_keys
from .options import Options

GENEROUS_LIMITS = {
    "RATE_LIMIT_MESSAGES": "100000/m",
    "RATE_LIMIT_HTTP": "1000000/m",
    "RATE_LIMIT_SESSIONS": "1000000/m",
    "RATE_LIMIT_SIGN_IN": "10000/m",
    "RATE_LIMIT_SIGN_IN_NAME": "10000/m",
    "RATE_LIMIT_MODEL_TOKENS": "1000000000/m",
}
METRICS = "metrics"
WILDCARDS = ("0.0.0.0", "::")


def child_environment(options: Options, urls: Mapping[str, str]) -> dict[str, str]:
    """What the user set, with defaults that suit one machine for what was left open."""
    defaults = {
        **urls,
        **load_keys(options.data_dir),
        **GENEROUS_LIMITS,
        "PUBLIC_URL": base_url(options.host, options.port),
        "ALLOWED_HOSTS": ",".join(allowed_hosts(options.host)),
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "PYTHONUNBUFFERED": "1",
        # Web processes and workers count into files, which whichever web process a scrape reaches adds up.
        "PROMETHEUS_MULTIPROC_DIR": str(options.data_dir / METRICS),
    }
    given = {name: value for name, value in options.environ.items() if value}
    fixed = {"DATA_DIR": str(options.data_dir), "REPLYWELL_DEV": "1"}
    return {**options.environ, **defaults, **given, **fixed}


def production_environment(options: Options, urls: Mapping[str, str]) -> dict[str, str]:
    """As in production, behind a proxy on this machine: its checks, its limits, its logs; only the keys are made for you."""
    env = child_environment(options, urls)
    # Each web process is scraped by itself, so none counts with the others.
    for name in (*GENEROUS_LIMITS, "PROMETHEUS_MULTIPROC_DIR"):
        if not options.environ.get(name):
            del env[name]
    return {**env, "REPLYWELL_DEV": "", "TRUSTED_PROXIES": options.environ.get("TRUSTED_PROXIES") or "127.0.0.1"}


def empty_metrics_folder(data_dir: Path) -> None:
    """Begin to count from nothing, as processes do that have just started."""
    rmtree(data_dir / METRICS, ignore_errors=True)
    (data_dir / METRICS).mkdir(mode=0o700)


def allowed_hosts(host: str) -> list[str]:
    """The names this installation may be called by."""
    names = ["localhost", "127.0.0.1", "[::1]"]
    more = [socket.gethostname(), host] if host in WILDCARDS else [host]
    for name in more:
        name = f"[{name}]" if ":" in name else name
        if name not in names:
            names.append(name)
    return names


def reachable_host(host: str) -> str:
    """An address to reach the web processes at from this machine."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)


def base_url(host: str, port: int) -> str:
    """The address to type into a browser on this machine."""
    name = reachable_host(host)
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"
