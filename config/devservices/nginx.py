"""nginx before the web processes of this machine, with the configuration that deployments use (deploy/nginx)."""

import getpass
import os
import resource
import shutil
from collections.abc import Sequence
from pathlib import Path

from .errors import DevServicesError
from .options import ROOT
from .process import Program

SHARED = ROOT / "deploy" / "nginx"
# Distributions put it where ordinary accounts do not look.
FOLDERS = "/usr/sbin:/usr/local/sbin:/usr/local/bin:/opt/homebrew/bin"

# As deploy/nginx has it: two for each customer's socket. Less where the account may have less.
MOST_FILES = 65536

CONFIGURATION = """\
# Made by `make cluster` at each start.
{user}worker_processes 1;
worker_rlimit_nofile {files};
pid nginx.pid;
events {{ worker_connections 16384; }}
http {{
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    include "{shared}/http.conf";
    map "" $replywell_proto {{ default $scheme; }}
    map "" $replywell_forwarded_for {{ default $proxy_add_x_forwarded_for; }}
    upstream replywell {{
        least_conn;
{servers}
        keepalive 32;
        keepalive_timeout 4s;
    }}
    server {{
        listen {listen};
{extra}        include "{shared}/server.conf";
    }}
}}
"""


class Nginx:
    """One nginx that spreads what comes to `host`:`port` over web processes on ports of this machine."""

    def __init__(
        self, binary: str, data_dir: Path, host: str, port: int, upstreams: Sequence[int], extra: str = ""
    ) -> None:
        self.binary = binary
        self.home = data_dir / "nginx"
        self.home.mkdir(mode=0o700, exist_ok=True)
        self.configuration = self.home / "nginx.conf"
        servers = [f"        server 127.0.0.1:{each} max_fails=1 fail_timeout=2s;" for each in upstreams]
        text = CONFIGURATION.format(
            # Its workers must reach its folder, which is ours.
            files=min(resource.getrlimit(resource.RLIMIT_NOFILE)[1], MOST_FILES),
            user=f"user {getpass.getuser()};\n" if os.geteuid() == 0 else "",
            shared=SHARED,
            servers="\n".join(servers),
            listen=f"[{host}]:{port}" if ":" in host else f"{host}:{port}",
            extra=extra,
        )
        self.configuration.write_text(text, encoding="utf-8")

    def program(self) -> Program:
        """The process; it outlives the web processes when all stop, so that their farewells arrive."""
        argv = (self.binary, "-p", str(self.home), "-c", str(self.configuration), "-e", "stderr", "-g", "daemon off;")
        return Program("nginx", argv, {"PATH": os.defpath}, self.home, stop_stage=1)


def find_nginx() -> str:
    """The system's nginx."""
    binary = shutil.which("nginx", path=f"{os.environ.get('PATH', os.defpath)}:{FOLDERS}")
    if binary is None:
        raise DevServicesError(
            "There is no nginx on this machine: install one (on Debian and Ubuntu: sudo apt install nginx-light), or use "
            "make run, which needs none."
        )
    return binary
