"""The stages of `make cluster`: as `make run`, but the way production does it, with nginx before web processes of their own ports."""

from .environment import production_environment, reachable_host
from .nginx import Nginx, find_nginx
from .options import Options
from .port import free_ports
from .probe import http_status
from .programs import web_programs_apart
from .screen import Screen
from .stack import STAGES, WEB_PATIENCE, Stack
from .supervisor import Supervisor


class Cluster(Stack):
    """Several web processes behind nginx, workers, beat and engines."""

    stages = STAGES + 1
    prepares_first = True  # static files are served from where they were collected

    def __init__(self, options: Options, screen: Screen) -> None:
        self.binary = find_nginx()
        super().__init__(options, screen)
        self.ports = free_ports(options.web_processes, above=self.options.port)

    def environment(self) -> dict[str, str]:
        """Production's, with made-up keys."""
        return production_environment(self.options, self.engines.urls)

    async def start_web(self, supervisor: Supervisor, env: dict[str, str]) -> None:
        """The web processes, until all of them serve, then nginx."""
        ports = ", ".join(map(str, self.ports))
        async with self.screen.stage(f"Start {len(self.ports)} web processes on ports {ports}"):
            children = [supervisor.keep(program) for program in web_programs_apart(self.ports, env)]

            async def are_ready() -> bool:
                return await self.status_of_all("/livez") == 200

            await supervisor.until(children, are_ready, WEB_PATIENCE)
        self.listener.close()  # held until here, so that nobody else took the port
        nginx = Nginx(self.binary, self.options.data_dir, self.options.host, self.options.port, self.ports)
        async with self.screen.stage("Start nginx"):

            async def is_ready() -> bool:
                return await super(Cluster, self).status("/livez") == 200

            await supervisor.until([supervisor.keep(nginx.program())], is_ready, WEB_PATIENCE)

    async def status(self, path: str) -> int | None:
        """What nginx says, once every web process says 200."""
        of_all = await self.status_of_all(path)
        return (
            await http_status(reachable_host(self.options.host), self.options.port, path) if of_all == 200 else of_all
        )

    async def status_of_all(self, path: str) -> int | None:
        """200 when all web processes say so, else what the first of the others says."""
        for port in self.ports:
            if (status := await http_status("127.0.0.1", port, path)) != 200:
                return status
        return 200
