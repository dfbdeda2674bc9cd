"""HTML: the main text as Markdown, without navigation and footers.

trafilatura and lxml are imported on use: they take half a second, and seeding, at every start, needs Markdown only.
"""

import re
from collections.abc import Iterator
from typing import Any

from knowledge.converters.document import ConversionError, Document
from knowledge.converters.markdown import split_title
from knowledge.converters.reading import Content, decode
from knowledge.limits import url_problem

# Below this, trafilatura takes all visible text without structure.
_USUAL_MINIMUM = 250
_CHARSET = re.compile(rb"<meta[^>]+charset\s*=\s*[\"']?([\w-]+)", re.IGNORECASE)


def convert(content: Content) -> Iterator[Document]:
    """One document per file. Its address is where it was fetched from, or the canonical one that it names."""
    from trafilatura import extract_metadata

    page = _decode(content.read())
    if not page.strip():
        raise ConversionError("there is no text")
    text = _main_text(page, content.url)
    metadata = extract_metadata(_parsed(page, content.url))
    heading, body = split_title(text)
    title = heading or (metadata.title if metadata else "") or content.title
    url = content.url or (metadata.url if metadata else "") or ""
    yield Document(
        where=content.where,
        external_id=content.external_id,
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


def _main_text(page: str, url: str) -> str:
    """The main text as Markdown; a page of few words is asked for them once more, with their structure."""
    usual = _extract(page, url, _USUAL_MINIMUM)
    return usual if len(usual) >= _USUAL_MINIMUM else _extract(page, url, 1) or usual


def _extract(page: str, url: str, minimum: int) -> str:
    from trafilatura import extract
    from trafilatura.settings import use_config

    config = use_config()
    config.set("DEFAULT", "MIN_EXTRACTED_SIZE", str(minimum))
    extracted: str | None = extract(
        _parsed(page, url),
        output_format="markdown",
        include_comments=False,
        include_links=True,
        favor_recall=True,
        config=config,
    )
    return extracted or ""


def _parsed(page: str, url: str) -> Any:
    """A fresh tree, as the extraction consumes it; links lead somewhere from everywhere, or are taken out."""
    from lxml import html  # type: ignore[import-untyped]
    from lxml.etree import ParserError  # type: ignore[import-untyped]

    try:
        tree = html.document_fromstring(page.encode(), parser=html.HTMLParser(encoding="utf-8"))
    except ParserError:  # nothing but comments
        raise ConversionError("there is no text") from None
    if url:
        tree.make_links_absolute(url, handle_failures="ignore")
    for link in list(tree.iter("a")):
        if not (link.get("href") or "").lower().startswith(("http://", "https://", "mailto:")):
            link.drop_tag()
    return tree
