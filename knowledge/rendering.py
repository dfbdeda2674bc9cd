"""Markdown to HTML that is safe to show: rendered without raw HTML, then sanitised all the same."""

import nh3
from markdown_it import MarkdownIt

_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
# No images: a loaded image tells its server who reads the page.
_TAGS = nh3.ALLOWED_TAGS - {"img", "map", "area", "video", "audio"}


def to_html(body: str) -> str:
    """The sanitised HTML of a Markdown text."""
    return nh3.clean(_MARKDOWN.render(body), tags=_TAGS, url_schemes={"http", "https", "mailto"})
