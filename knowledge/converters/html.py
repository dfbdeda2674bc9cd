"""HTML: the main text as Markdown, without navigation and footers."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import trafilatura
from lxml import html  # type: ignore[import-untyped]
from trafilatura.settings import use_config

from knowledge.converters.document import ConversionError, Document
from knowledge.converters.markdown import split_title
from knowledge.converters.reading import decode, read_bytes, title_from_name
from knowledge.limits import url_problem

_USUAL, _SHORT = use_config(), use_config()
_SHORT.set("DEFAULT", "MIN_EXTRACTED_SIZE", "1")
_CHARSET = re.compile(rb"<meta[^>]+charset\s*=\s*[\"']?([\w-]+)", re.IGNORECASE)


def convert(path: Path, where: str, external_id: str) -> Iterator[Document]:
    """One document per file; its canonical address, if it names one, is the article's."""
    page = _decode(read_bytes(path))
    if not page.strip():
        raise ConversionError("there is no text")
    text = _main_text(page)
    metadata = trafilatura.extract_metadata(_parsed(page))
    heading, body = split_title(text)
    title = heading or (metadata.title if metadata else "") or title_from_name(path)
    url = (metadata.url if metadata else "") or ""
    yield Document(
        where=where,
        external_id=external_id,
        title=title,
        body=body if body.strip() else text,
        url="" if url_problem(url) else url,
    )


def _decode(data: bytes) -> str:
    """UTF-8, or else the encoding that the page itself names."""
    try:
        return decode(data)
    except ConversionError:
        declared = _CHARSET.search(data[:4096])
        if declared is None:
            raise
        try:
            return data.decode(declared[1].decode())
        except (LookupError, UnicodeDecodeError):
            raise ConversionError(f"is neither UTF-8 nor {declared[1].decode()}, which it says it is") from None


def _main_text(page: str) -> str:
    """The main text as Markdown.

    Below its usual minimum, trafilatura takes all visible text without structure; that is asked for only in the end.
    """
    usual = _extract(page, _USUAL)
    if len(usual) >= _USUAL.getint("DEFAULT", "MIN_EXTRACTED_SIZE"):
        return usual
    return _extract(page, _SHORT) or usual


def _extract(page: str, config: Any) -> str:
    extracted = trafilatura.extract(
        _parsed(page),
        output_format="markdown",
        include_comments=False,
        include_links=True,
        favor_recall=True,
        config=config,
    )
    return extracted or ""


def _parsed(page: str) -> Any:
    """A fresh tree, as the extraction consumes it; without links that lead nowhere outside their site."""
    tree = html.document_fromstring(page.encode(), parser=html.HTMLParser(encoding="utf-8"))
    for link in list(tree.iter("a")):
        if not (link.get("href") or "").lower().startswith(("http://", "https://", "mailto:")):
            link.drop_tag()
    return tree
