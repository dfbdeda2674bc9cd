"""What a converter makes: documents, and failures that name their place."""

from dataclasses import dataclass

from config.common.text import storable
from knowledge.ingestion import MAX_BODY_CHARACTERS
from knowledge.limits import MAX_TITLE, external_id_problem, url_problem


class ConversionError(Exception):
    """Why a file, or a line of it, cannot become an article; fit to be shown."""


@dataclass(frozen=True)
class Document:
    """An article to be. `where`: the file, and the line for JSONL, to tell the user about it."""

    where: str
    external_id: str
    title: str
    body: str
    url: str = ""

    def check(self) -> None:
        """Raise ConversionError for what cannot be an article."""
        for name, text in (("title", self.title), ("text", self.body), ("url", self.url), ("id", self.external_id)):
            if not storable(text):
                raise ConversionError(f"{name} must not contain NUL or unpaired surrogates")
        if not self.title.strip():
            raise ConversionError("there is no title")
        if len(self.title) > MAX_TITLE:
            raise ConversionError(f"title has {len(self.title):,} characters; the limit is {MAX_TITLE}")
        if not self.body.strip():
            raise ConversionError("there is no text")
        if len(self.body) > MAX_BODY_CHARACTERS:
            raise ConversionError(f"text has {len(self.body):,} characters; the limit is {MAX_BODY_CHARACTERS:,}")
        if problem := url_problem(self.url):
            raise ConversionError(f"url {problem}")
        if problem := external_id_problem(self.external_id):
            raise ConversionError(f"id {problem}")


@dataclass(frozen=True)
class Failure:
    """A document that could not be made."""

    where: str
    reason: str
