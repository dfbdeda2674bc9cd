"""Nothing we fetch reaches inside: 0 connections, whatever an address, a name or a redirect says."""

import socket
import sys

import pytest

from config.common.fetch import FetchError, Refused, Request, fetch
from config.common.networks import parse_networks
from tests.fakes.site import Page, Site

HERE = parse_networks(["127.0.0.2"])
_connects: list[object] | None = None


def _audit(event, arguments):
    if event == "socket.connect" and _connects is not None:
        _connects.append(arguments[1])


sys.addaudithook(_audit)


@pytest.fixture
def connects():
    """Where this process tried to connect to."""
    global _connects
    _connects = []
    yield _connects
    _connects = None


@pytest.fixture
def inner():
    """What nobody may reach."""
    with Site("127.0.0.1") as site:
        site.html("/", "secret")
        yield site


@pytest.fixture
def outer(inner):
    """A site that may be reached, at the same port of another address."""
    with Site("127.0.0.2", inner.port) as site:
        site.html("/", "public")
        yield site


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "localhost", "localhost.", "127.1", "2130706433", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1"),
        *(
            "017700000001",
            "0",
            "0.0.0.0",
            "[::1]",
            "[::]",
            "[::ffff:127.0.0.1]",
            "[::ffff:7f00:1]",
            "[64:ff9b::7f00:1]",
        ),
        *("①②⑦.0.0.1", "127。0。0。1", "%31%32%37.0.0.1"),
    ],
)
def test_no_spelling_of_this_machine_is_connected_to(inner, connects, host):
    """Red when `reachable` is not asked. Some spellings are no address to this machine's resolver: refused as well."""
    with pytest.raises(FetchError):
        fetch(f"http://{host}:{inner.port}/")
    assert (inner.connections, connects) == (0, [])


@pytest.mark.parametrize(
    "url",
    [
        *(
            "http://169.254.169.254/latest/meta-data/",
            "http://[fd00:ec2::254]/",
            "http://2852039166/",
            "http://10.0.0.1/",
        ),
        *("http://100.100.100.200/", "http://[fe80::1]/", "http://224.0.0.1/", "http://[2002:a9fe:a9fe::]/"),
    ],
)
def test_no_inner_network_is_connected_to(connects, url):
    with pytest.raises(Refused, match="not a public address"):
        fetch(url)
    assert connects == []


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://example.com/", "gopher://example.com/", "//example.com", "x"]
)
def test_only_http_is_spoken(connects, url):
    with pytest.raises(Refused, match="only http"):
        fetch(url)
    assert connects == []


def test_a_name_that_also_leads_inside_is_refused_as_a_whole(inner, connects):
    """Red when one fit address is enough."""
    with pytest.raises(Refused, match=r"leads to 127\.0\.0\.1"):
        fetch(f"http://site.test:{inner.port}/", resolve=lambda *_: ["8.8.8.8", "127.0.0.1"])
    assert connects == []


def test_a_rebinding_name_is_resolved_once_and_connected_to_as_checked(inner, outer):
    """Red when the socket is opened by name: the name now leads inside."""
    answers = [["127.0.0.2"], ["127.0.0.1"]]
    asked = []

    def rebinding(host, port):
        asked.append(host)
        return answers[min(len(asked), len(answers)) - 1]

    answer = fetch(f"http://site.test:{inner.port}/", resolve=rebinding, allowed=HERE)
    assert (answer.body, asked) == (b"public", ["site.test"])
    assert (inner.connections, outer.connections) == (0, 1)
    assert outer.requests[0][1]["host"] == f"site.test:{inner.port}"


def test_a_name_that_rebinds_between_hops_is_refused_at_the_second(inner, outer):
    """Red when only the first hop is checked."""
    outer.redirect("/go", f"http://site.test:{inner.port}/")
    answers = iter([["127.0.0.2"], ["127.0.0.1"]])
    with pytest.raises(Refused, match=r"leads to 127\.0\.0\.1"):
        fetch(f"http://site.test:{inner.port}/go", resolve=lambda *_: next(answers), allowed=HERE)
    assert (inner.connections, outer.connections) == (0, 1)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    "to", ["http://127.0.0.1:{port}/", "http://0x7f.1:{port}/", "//127.1:{port}/", "http://[::1]:{port}/"]
)
def test_a_redirect_inside_is_refused(inner, outer, status, to):
    outer.redirect("/go", to.format(port=inner.port), status)
    with pytest.raises(Refused, match="not a public address"):
        fetch(f"{outer.url}/go", allowed=HERE)
    assert inner.connections == 0


@pytest.mark.parametrize("to", ["file:///etc/passwd", "http://user:pass@127.0.0.2/", "http://[bad/"])
def test_a_redirect_to_what_is_no_page_is_refused(outer, to):
    outer.redirect("/go", to)
    with pytest.raises(FetchError):
        fetch(f"{outer.url}/go", allowed=HERE)


def test_a_user_name_in_the_address_is_refused(inner, connects):
    with pytest.raises(Refused, match="user name"):
        fetch(f"http://example.com@127.0.0.1:{inner.port}/")
    assert connects == []


def test_proxies_of_the_environment_are_not_used(inner, outer, monkeypatch):
    """Red when the environment's proxies are: they would resolve, and connect, for us."""
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, inner.url)
    assert fetch(outer.url + "/", allowed=HERE).body == b"public"
    assert inner.connections == 0


def test_the_setting_allows_a_network_of_ones_own(outer, settings):
    with pytest.raises(Refused):
        fetch(outer.url + "/")
    settings.FETCH_ALLOWED_NETWORKS = HERE
    assert fetch(outer.url + "/").body == b"public"


def test_a_credential_does_not_follow_a_redirect_to_another_site(inner, outer):
    """Red when headers go along to every hop."""
    both = parse_networks(["127.0.0.0/30"])
    outer.redirect("/go", inner.url + "/")
    outer.redirect("/stay", "/go")
    fetch(Request(f"{outer.url}/stay", headers={"Authorization": "Bearer x", "If-None-Match": "y"}), allowed=both)
    assert [headers["authorization"] for _, headers in outer.requests] == ["Bearer x", "Bearer x"]
    [(_, headers)] = inner.requests
    assert "authorization" not in headers
    assert headers["if-none-match"] == "y"


def test_a_request_with_a_body_follows_no_redirect(inner, outer):
    outer.pages["/hook"] = Page(b"moved", 307, {"Location": inner.url + "/"})
    answer = fetch(Request(f"{outer.url}/hook", "POST", content=b"{}"), allowed=HERE)
    assert (answer.status, inner.connections) == (307, 0)


def test_the_resolver_sees_what_the_address_says():
    with pytest.raises(Refused, match=r"127\.0\.0\.1"):
        fetch("http://2130706433/", resolve=lambda host, port: [str(socket.gethostbyname(host))])
