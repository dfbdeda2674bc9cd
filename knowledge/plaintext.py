"""What of an article's Markdown is searched: its words, without the targets of links and images and without comments."""

import re

_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_LINK = re.compile(r"!?\[([^\]]*)\]\([^()\s]*(?:\([^()\s]*\)[^()\s]*)*(?:\s+\"[^\"]*\")?\)")


def plain(markdown: str) -> str:
    """The text that a search should see; code and tables stay as they are."""
    return _LINK.sub(r"\1", _COMMENT.sub(" ", markdown))
