"""Sitemaps (sitemaps.org), plain or gzipped, and indexes of them."""

import io
import zlib
from collections.abc import Callable, Iterator
from xml.etree import ElementTree

from knowledge.limits import url_problem

# The format's own limit, with some air.
MAX_BYTES = 64 * 1024 * 1024
MAX_SITEMAPS = 500


class SitemapError(Exception):
    """It is no sitemap, or not one that we read."""


def pages(url: str, load: Callable[[str], bytes]) -> Iterator[str]:
    """The addresses of the pages. `load` gives the content of a sitemap, or raises."""
    waiting, read = [url], 0
    while waiting:
        current = waiting.pop(0)
        read += 1
        if read > MAX_SITEMAPS:
            raise SitemapError(f"It leads to more than {MAX_SITEMAPS} sitemaps.")
        for kind, location in _locations(current, load(current)):
            if kind == "sitemap":
                waiting.append(location)
            elif not url_problem(location):
                yield location.partition("#")[0]


def _locations(url: str, content: bytes) -> Iterator[tuple[str, str]]:
    """(`url` or `sitemap`, address) of each entry."""
    roots: list[str] = []
    try:
        for event, element in ElementTree.iterparse(io.BytesIO(_unpacked(url, content)), ("start", "end")):
            name = element.tag.rpartition("}")[2]
            if event == "start" and not roots:
                roots.append(name)
                if name not in {"urlset", "sitemapindex"}:
                    raise SitemapError(f"{url} is not a sitemap.")
            elif event == "end" and name in {"url", "sitemap"}:
                location = next((child.text for child in element if child.tag.rpartition("}")[2] == "loc"), None)
                if location and location.strip():
                    yield name, location.strip()
                element.clear()
    except ElementTree.ParseError as error:
        raise SitemapError(f"{url} is not a sitemap: {error}") from error


def _unpacked(url: str, content: bytes) -> bytes:
    if not content.startswith(b"\x1f\x8b"):
        return content
    unpack = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        plain = unpack.decompress(content, MAX_BYTES + 1)
    except zlib.error as error:
        raise SitemapError(f"{url} is damaged.") from error
    if len(plain) > MAX_BYTES:
        raise SitemapError(f"{url} unpacks to more than {MAX_BYTES:,} bytes.")
    return plain
