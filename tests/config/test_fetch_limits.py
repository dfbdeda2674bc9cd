"""What is fetched is bounded in size, unpacked size, time, type and hops; what goes wrong is said in a sentence."""

import gzip
import threading
import time

import pytest

from config.common.fetch import FetchError, Limits, Refused, Request, fetch
from config.common.networks import parse_networks
from tests.fakes.site import Page, Site

HERE = parse_networks(["127.0.0.2"])


@pytest.fixture
def site():
    with Site("127.0.0.2") as site:
        yield site


def get(site, path, **limits):
    return fetch(site.url + path, Limits(**limits), allowed=HERE)


def test_a_page_comes_back_with_its_type_and_address(site):
    site.html("/a b", "old")
    site.html("/x", "héllo", ETag='"1"')
    site.redirect("/go", "/x#part")
    answer = get(site, "/go", types=frozenset({"text/html"}))
    assert (answer.status, answer.body.decode(), answer.media_type) == (200, "héllo", "text/html")
    assert (answer.url, answer.headers["etag"]) == (f"{site.url}/x", '"1"')


def test_other_statuses_are_answers(site):
    site.html("/x", "page", ETag='"1"')
    assert get(site, "/gone").status == 404
    answer = fetch(Request(f"{site.url}/x", headers={"If-None-Match": '"1"'}), allowed=HERE)
    assert (answer.status, answer.body) == (304, b"")


def test_a_body_up_to_the_limit_is_taken(site):
    site.html("/x", "a" * 1000)
    assert len(get(site, "/x", size=1000).body) == 1000
    with pytest.raises(Refused, match="larger than 999 bytes"):
        get(site, "/x", size=999)


def test_a_body_without_a_length_is_counted(site):
    sent = []

    def send(handler):
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")
        for _ in range(10_000):
            handler.wfile.write(b"a" * 10_000)
            sent.append(10_000)

    site.pages["/x"] = Page(send=send)
    with pytest.raises(Refused, match="larger"):
        get(site, "/x", size=50_000)
    assert sum(sent) < 50_000_000


def test_gzip_is_unpacked(site):
    site.pages["/x"] = Page(gzip.compress(b"hello" * 100), headers={"Content-Encoding": "gzip"})
    assert get(site, "/x", size=500).body == b"hello" * 100


def test_a_gzip_bomb_stops_at_the_limit(site, monkeypatch):
    """Red when the body is unpacked without a bound."""
    import zlib

    most = []

    class Counting:
        def __init__(self, real):
            self._real = real

        def decompress(self, data, bound=0):
            piece = self._real.decompress(data, bound)
            most.append(len(piece))
            return piece

        eof = False

    real = zlib.decompressobj
    monkeypatch.setattr(zlib, "decompressobj", lambda *arguments: Counting(real(*arguments)))
    site.pages["/x"] = Page(gzip.compress(b"\0" * 50_000_000), headers={"Content-Encoding": "gzip"})
    with pytest.raises(Refused, match="larger than 100,000 bytes"):
        get(site, "/x", size=100_000)
    assert sum(most) <= 100_001


@pytest.mark.parametrize(
    ("page", "problem"),
    [
        (Page(b"x", headers={"Content-Encoding": "br"}), "encoded as br"),
        (Page(b"x" * 50, headers={"Content-Encoding": "gzip"}), "damaged"),
        (Page(gzip.compress(b"hello" * 99)[:-9], headers={"Content-Encoding": "gzip"}), "broke off"),
        (Page(b"x", headers={"Content-Length": "9"}), "broke off"),
        (Page(send=lambda handler: handler.wfile.write(b"SSH-2.0-x\r\n\r\n")), "not HTTP"),
        (Page(send=lambda handler: None), "broke off"),
    ],
)
def test_bad_answers_are_errors(site, page, problem):
    site.pages["/x"] = page
    with pytest.raises(FetchError, match=problem):
        get(site, "/x")


def test_another_type_is_refused(site):
    site.pages["/x"] = Page(b"x", headers={"Content-Type": "video/mp4"})
    with pytest.raises(Refused, match="of type video/mp4"):
        get(site, "/x", types=frozenset({"text/html"}))


@pytest.mark.parametrize("hops", [1, 3])
def test_redirects_are_counted(site, hops):
    site.redirect("/0", "/1")
    for number in range(1, hops):
        site.redirect(f"/{number}", f"/{number + 1}")
    site.html(f"/{hops}", "there")
    assert get(site, "/0", redirects=hops).body == b"there"
    with pytest.raises(Refused, match="redirects more than"):
        get(site, "/0", redirects=hops - 1)


@pytest.mark.parametrize("part", ["headers", "body"])
def test_a_byte_now_and_then_does_not_keep_it_open(site, part):
    """Red when each read has the whole time."""
    over = threading.Event()

    def drip(handler):
        if part == "body":
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n")
        else:
            handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
        while not over.wait(0.02):
            handler.wfile.write(b"a")

    site.pages["/x"] = Page(send=drip)
    started = time.monotonic()
    with pytest.raises(FetchError, match="too long"):
        get(site, "/x", seconds=0.5)
    over.set()
    assert time.monotonic() - started < 5


def test_a_resolver_that_hangs_does_not_hold_us():
    over = threading.Event()

    def hanging(host, port):
        over.wait(30)
        return []

    with pytest.raises(FetchError, match="too long"):
        fetch("http://site.test/", Limits(seconds=0.2), resolve=hanging)
    over.set()


def test_nobody_listening_is_an_error(unused_tcp_port):
    with pytest.raises(FetchError, match="cannot be reached") as caught:
        fetch(f"http://127.0.0.2:{unused_tcp_port}/", allowed=HERE)
    assert not caught.value.permanent


def test_an_unknown_name_is_an_error():
    def unknown(host, port):
        raise OSError("Name or service not known")

    with pytest.raises(FetchError, match=r"nowhere\.test cannot be resolved"):
        fetch("http://nowhere.test/", resolve=unknown)
