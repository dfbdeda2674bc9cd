"""REDIS_URL as people write it: one server, sentinels or a cluster, and what each library has to be told about it.

    redis://host:6379/0 · rediss://… · unix:///path?db=0
    redis+sentinel://user:password@host:26379,host2:26379/mymaster/0
    redis+cluster://user:password@host:6379,host2:6379

A second s, as in `rediss+sentinel://`, means TLS to all of them.
"""

from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from redis import asyncio as aioredis
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff

_SINGLE = {"redis", "rediss", "unix"}
_PORTS = {"sentinel": 26379, "cluster": 6379}
_OPTIONS = {"sentinel": {"sentinel_username", "sentinel_password"}, "cluster": set()}
_SENTINEL_SECONDS = 2.0


@dataclass(frozen=True)
class RedisUrl:
    """A parsed REDIS_URL.

    url: the whole of it, for a single server. nodes: sentinels, or some nodes of the cluster. service: the name that
    the sentinels know the primary by. login: `username` and `password`, where given; sentinel_login: those of the
    sentinels themselves.
    """

    kind: Literal["single", "sentinel", "cluster"]
    url: str
    nodes: tuple[tuple[str, int], ...] = ()
    service: str = ""
    db: int = 0
    tls: bool = False
    login: dict[str, str] = field(default_factory=dict)
    sentinel_login: dict[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str) -> "RedisUrl":
        """Read a URL; ValueError says what is wrong with it, without repeating a password."""
        scheme, separator, rest = text.partition("://")
        if separator and scheme in _SINGLE:
            return cls("single", text)
        transport, _, kind = scheme.partition("+")
        if transport not in {"redis", "rediss"} or kind not in _PORTS:
            raise ValueError("it must begin with redis://, rediss://, unix://, redis+sentinel:// or redis+cluster://")
        where, _, query = rest.partition("?")
        authority, _, path = where.partition("/")
        credentials, _, hosts = authority.rpartition("@")
        options = dict(parse_qsl(query))
        if unknown := set(options) - _OPTIONS[kind]:
            raise ValueError(f"unknown options: {', '.join(sorted(unknown))}")
        service, db = _service(kind, path)
        return cls(
            kind,  # type: ignore[arg-type]
            text,
            tuple(_node(host, _PORTS[kind]) for host in hosts.split(",")),
            service,
            db,
            transport == "rediss",
            _login(*map(unquote, credentials.partition(":")[::2])),
            _login(options.get("sentinel_username", ""), options.get("sentinel_password", "")),
        )

    @property
    def sentinel_options(self) -> dict[str, Any]:
        """How to connect to a sentinel: a dead one must not cost more than a moment."""
        timeouts = {"socket_timeout": _SENTINEL_SECONDS, "socket_connect_timeout": _SENTINEL_SECONDS}
        return timeouts | self.sentinel_login | ({"ssl": True} if self.tls else {})

    def channel_host(self) -> dict[str, Any]:
        """An entry of channels-redis' `hosts`. No socket_timeout: redis-py's own would end a blocking receive."""
        if self.kind == "single":
            return {"address": self.url, "socket_timeout": None}
        common = {"socket_timeout": None, **self.login}
        if self.kind == "cluster":
            connection_class = AnyNodeTLSConnection if self.tls else AnyNodeConnection
            return {"connection_class": connection_class, "nodes": self.nodes, **common}
        return {
            "master_name": self.service,
            "sentinels": list(self.nodes),
            "sentinel_kwargs": self.sentinel_options | {"retry": AsyncRetry(NoBackoff(), 0)},
            "db": self.db,
            **({"ssl": True} if self.tls else {}),
            **common,
        }

    def broker(self) -> tuple[str, dict[str, Any]]:
        """Celery's broker URL and transport options; an empty URL for a cluster, which Celery cannot use."""
        if self.kind == "cluster":
            return "", {}
        if self.kind == "single":
            return self.url.replace("unix://", "redis+socket://").replace("?db=", "?virtual_host="), {}
        login = ":".join(quote(self.login.get(name, ""), safe="") for name in ("username", "password"))
        userinfo = f"{login}@" if self.login else ""
        nodes = [f"sentinel://{userinfo}{_host(host)}:{port}/{self.db}" for host, port in self.nodes]
        return ";".join(nodes), {"master_name": self.service, "sentinel_kwargs": self.sentinel_options}


def _service(kind: str, path: str) -> tuple[str, int]:
    service, _, db = path.strip("/").partition("/")
    if kind == "cluster":
        if service not in {"", "0"}:
            raise ValueError("a cluster has database 0 only")
        return "", 0
    if not service:
        raise ValueError("the name of the primary is missing: redis+sentinel://host:26379/mymaster/0")
    if db and not db.isdigit():
        raise ValueError("the database must be a number: redis+sentinel://host:26379/mymaster/0")
    return unquote(service), int(db or 0)


def _node(text: str, default_port: int) -> tuple[str, int]:
    parts = urlsplit(f"//{text}")
    if not parts.hostname:
        raise ValueError("a host is missing")
    return parts.hostname, parts.port or default_port


def _host(name: str) -> str:
    return f"[{name}]" if ":" in name else name


def _login(username: str, password: str) -> dict[str, str]:
    return {name: value for name, value in (("username", username), ("password", password)) if value}


class AnyNodeConnection(aioredis.Connection):
    """A connection to the first node of a cluster that answers.

    A cluster carries what is published to all of its nodes, so that any one will do to publish and to listen.
    """

    def __init__(self, *, nodes: tuple[tuple[str, int], ...], **options: Any) -> None:
        self._nodes = nodes
        super().__init__(socket_connect_timeout=_SENTINEL_SECONDS, **options)

    async def _connect(self) -> None:
        failure = OSError("no node is known")
        for host, port in self._nodes:
            self.host, self.port = host, port
            try:
                await super()._connect()  # type: ignore[no-untyped-call]
                return
            except OSError as error:  # TimeoutError is one
                failure = error
        raise failure


class AnyNodeTLSConnection(AnyNodeConnection, aioredis.SSLConnection):
    """The same, encrypted."""
