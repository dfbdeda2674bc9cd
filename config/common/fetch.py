"""Fetching what somebody named, without becoming their way into this network (server-side request forgery).

http and https only; every address of every hop is checked, and connected to as checked (config.common.pinned); redirects
are followed by hand; size, time and type are bounded, the size after decompression too. Proxies in the environment are
not used: they would resolve for us. FETCH_ALLOWED_NETWORKS opens networks of one's own. Blocks: async code uses a thread.
"""

import ssl
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache

import certifi
import httpcore2
import httpx2
from django.conf import settings

from config.common.networks import Network
from config.common.pinned import Deadline, NotReachable, PinnedBackend, Resolver, system_resolver

USER_AGENT = "Replywell"
_REDIRECTS = {301, 302, 303, 307, 308}
# What may follow a redirect to another site; anything else could be a credential.
_FOR_ANY_SITE = {"accept", "accept-language", "user-agent", "if-none-match", "if-modified-since"}


class FetchError(Exception):
    """Nothing usable came back; fit to be shown.

    `permanent`: trying again cannot help. `connected`: False when no connection was made, so that of a request without
    redirects nothing was sent.
    """

    permanent = False
    connected = True


class Refused(FetchError):
    """The address, or what is there, is not to be fetched."""

    permanent = True


@dataclass(frozen=True)
class Limits:
    """seconds: for everything, redirects included. size: bytes of the body, decompressed. redirects: how many are
    followed, by GET and HEAD. types: media types that are taken; none named: all. cut: a longer body is cut off there,
    and one that breaks off is what came of it: for those who care for the status."""

    seconds: float = 20.0
    size: int = 10 * 1024 * 1024
    redirects: int = 5
    types: frozenset[str] = frozenset()
    cut: bool = False


@dataclass(frozen=True)
class Request:
    """What to send. Header names in any case."""

    url: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes = b""


@dataclass(frozen=True)
class Response:
    """What came back, whatever its status. url: where it came from in the end. headers: lower-case names."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def media_type(self) -> str:
        """`text/html` of `Text/HTML; charset=utf-8`."""
        return _media_type(self.headers)


def fetch(
    request: Request | str,
    limits: Limits = Limits(),
    *,
    resolve: Resolver = system_resolver,
    allowed: tuple[Network, ...] | None = None,
    inner_only: bool = False,
) -> Response:
    """Send the request, follow redirects, return the response. Raises FetchError.

    `resolve` and `allowed` replace the system's resolver and FETCH_ALLOWED_NETWORKS; with `inner_only` the public
    internet is out of reach: for what must not travel there without encryption.
    """
    if isinstance(request, str):
        request = Request(request)
    deadline = Deadline(limits.seconds)
    networks = settings.FETCH_ALLOWED_NETWORKS if allowed is None else allowed
    backend = PinnedBackend(deadline, resolve, networks, inner_only=inner_only)
    url = checked(request.url)
    headers = {name.lower(): value for name, value in request.headers.items()}
    with _plain_errors(), httpcore2.ConnectionPool(ssl_context=_tls(), network_backend=backend) as pool:
        for _ in range(limits.redirects + 1):
            response, target = _hop(pool, request, url, headers, limits)
            if target is None:
                return response
            if target.scheme != url.scheme or target.netloc != url.netloc:
                headers = {name: value for name, value in headers.items() if name in _FOR_ANY_SITE}
            url = target
    raise Refused(f"it redirects more than {limits.redirects} times")


def _unconnected(error: FetchError) -> FetchError:
    error.connected = False
    return error


def checked(text: str) -> httpx2.URL:
    """The address, if it is one that may be fetched as far as can be told without resolving it. Raises Refused."""
    try:
        url = httpx2.URL(text)
    except (httpx2.InvalidURL, ValueError, TypeError):
        raise _unconnected(Refused("it is not a valid address")) from None
    if url.scheme not in {"http", "https"} or not url.host:
        raise _unconnected(Refused("only http and https addresses are fetched"))
    if url.userinfo:
        raise _unconnected(Refused("an address must not contain a user name or password"))
    return url.copy_with(fragment=None)


def _hop(
    pool: httpcore2.ConnectionPool, request: Request, url: httpx2.URL, headers: Mapping[str, str], limits: Limits
) -> tuple[Response, httpx2.URL | None]:
    """One request, and where its answer leads, if that is elsewhere."""
    sent = {"user-agent": USER_AGENT, "accept": "*/*"} | dict(headers)
    sent |= {"host": url.netloc.decode("ascii"), "accept-encoding": "gzip", "connection": "close"}
    if request.content:
        sent["content-length"] = str(len(request.content))
    target = httpcore2.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
    with pool.stream(request.method, target, headers=list(sent.items()), content=request.content or None) as answer:
        received = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in answer.headers}
        if answer.status in _REDIRECTS and request.method in {"GET", "HEAD"} and "location" in received:
            return Response(str(url), answer.status, received, b""), _followed(url, received["location"])
        if answer.status == 200 and limits.types and (kind := _media_type(received)) not in limits.types:
            raise Refused(f"it is of type {kind or 'unknown'}, which is not read")
        body = (_beginning if limits.cut else _body)(answer, received, limits.size)
        return Response(str(url), answer.status, received, body), None


def _followed(url: httpx2.URL, location: str) -> httpx2.URL:
    try:
        return checked(str(url.join(location)))
    except (httpx2.InvalidURL, ValueError):
        raise Refused("it redirects to what is not a valid address") from None


def _body(answer: httpcore2.Response, headers: Mapping[str, str], most: int) -> bytes:
    """The body, as far as the limit goes: a compressed one is unpacked piece by piece, never beyond it."""
    too_large = Refused(f"it is larger than {most:,} bytes")
    length = headers.get("content-length", "")
    if length.isdecimal() and int(length) > most:
        raise too_large
    encoding = headers.get("content-encoding", "identity").strip().lower()
    if encoding not in {"identity", "", "gzip", "x-gzip"}:
        raise Refused(f"it is encoded as {encoding}, which was not asked for")
    unpack = zlib.decompressobj(zlib.MAX_WBITS | 16) if "gzip" in encoding else None
    body, received = bytearray(), 0
    for piece in answer.iter_stream():
        received += len(piece)
        body += unpack.decompress(piece, most + 1 - len(body)) if unpack else piece
        if len(body) > most or received > most:
            raise too_large
    if unpack and received and not unpack.eof:
        raise FetchError("what it sent broke off")
    return bytes(body)


def _beginning(answer: httpcore2.Response, headers: Mapping[str, str], most: int) -> bytes:
    """The first bytes of the body, whatever goes wrong with it."""
    unpack = zlib.decompressobj(zlib.MAX_WBITS | 16) if "gzip" in headers.get("content-encoding", "") else None
    body = bytearray()
    with suppress(
        httpcore2.TimeoutException, httpcore2.NetworkError, httpcore2.RemoteProtocolError, OSError, zlib.error
    ):
        for piece in answer.iter_stream():
            body += unpack.decompress(piece, most - len(body)) if unpack else piece
            if len(body) >= most:
                break
    return bytes(body[:most])


def _media_type(headers: Mapping[str, str]) -> str:
    return headers.get("content-type", "").partition(";")[0].strip().lower()


@contextmanager
def _plain_errors() -> Iterator[None]:
    try:
        yield
    except NotReachable as error:
        raise _unconnected(Refused(str(error))) from None
    except httpcore2.ConnectTimeout:
        raise _unconnected(FetchError("it took too long")) from None
    except httpcore2.ConnectError as error:
        raise _unconnected(FetchError(f"it cannot be reached: {error}")) from None
    except httpcore2.TimeoutException:
        raise FetchError("it took too long") from None
    except (httpcore2.UnsupportedProtocol, httpcore2.LocalProtocolError, UnicodeError):
        raise Refused("it is not a valid address") from None
    except httpcore2.RemoteProtocolError:
        raise FetchError("what it sent broke off, or is not HTTP") from None
    except (httpcore2.NetworkError, OSError) as error:
        raise FetchError(f"it cannot be reached: {error}") from None
    except zlib.error:
        raise FetchError("what it sent is damaged") from None


@cache
def _tls() -> ssl.SSLContext:
    """This machine's authorities (SSL_CERT_FILE names others), and the public ones where it has none."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context
