"""One document of a source: its content, or that it has not changed, or that it is gone."""

import hashlib
import io
import json
from contextlib import closing
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from config.common.fetch import FetchError, Limits, Request, fetch
from knowledge.converters import BY_MEDIA_TYPE, CONVERTERS, Converter
from knowledge.converters.reading import Content
from knowledge.limits import MAX_EXTERNAL_ID
from knowledge.sources import folders
from knowledge.sources.models import Source, SourceItem

_PAGE = Limits(seconds=30, size=20 * 1024 * 1024)
# A new one makes every document be read again: raise it when a converter learns something.
_CONVERTERS_VERSION = 1
# Servers that know no better call Markdown one of these.
_VAGUE = {"text/plain", "application/octet-stream", ""}


class Unreadable(Exception):
    """The document cannot be read now; fit to be shown."""


class Gone(Exception):
    """The source says that the document no longer exists."""


@dataclass(frozen=True)
class Unchanged:
    """It says what it said at the last sync."""


@dataclass(frozen=True)
class Changed:
    """New content, with what recognises it the next time."""

    content: Content
    converter: Converter
    content_hash: str
    etag: str = ""
    last_modified: str = ""


def profile(source: Source) -> str:
    """What besides its content decides what becomes of a document."""
    return hashlib.sha256(json.dumps([_CONVERTERS_VERSION, source.audience, source.tags]).encode()).hexdigest()


def read(source: Source, item: SourceItem) -> Changed | Unchanged:
    """Look at the document. Raises Gone and Unreadable."""
    known = item.profile == profile(source) and item.state == SourceItem.State.FINE
    try:
        return _file(source, item, known) if source.kind == Source.Kind.FOLDER else _page(item, known)
    except FileNotFoundError as error:
        raise Gone() from error
    except (FetchError, folders.FolderError) as error:
        raise Unreadable(str(error)) from error
    except OSError as error:
        raise Unreadable(f"cannot be read: {error.strerror or error}") from error


def _page(item: SourceItem, known: bool) -> Changed | Unchanged:
    headers = {"accept": "text/html, text/markdown, text/plain, application/pdf;q=0.9, */*;q=0.1"}
    if known and item.etag:
        headers["if-none-match"] = item.etag
    if known and item.last_modified:
        headers["if-modified-since"] = item.last_modified
    answer = fetch(Request(item.key, headers=headers), _PAGE)
    if answer.status == 304 and known:
        return Unchanged()
    if answer.status in {404, 410}:
        raise Gone()
    if answer.status != 200:
        raise Unreadable(f"answers with status {answer.status}")
    digest = hashlib.sha256(answer.body).hexdigest()
    if known and digest == item.content_hash:
        return Unchanged()
    name = unquote(PurePosixPath(urlsplit(item.key).path).name)
    converter = BY_MEDIA_TYPE.get(answer.media_type)
    if answer.media_type in _VAGUE:
        converter = CONVERTERS.get(PurePosixPath(name).suffix.lower(), converter)
    if converter is None:
        raise Unreadable(f"is of type {answer.media_type or 'unknown'}, which is not read")
    content = Content(io.BytesIO(answer.body), item.key, external_id(item.key.rstrip("/")), name, item.key)
    etag, modified = answer.headers.get("etag", ""), answer.headers.get("last-modified", "")
    return Changed(content, converter, digest, etag if len(etag) <= 500 else "", modified[:100])


def _file(source: Source, item: SourceItem, known: bool) -> Changed | Unchanged:
    file = folders.open_file(source.location, item.key)
    try:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        file.seek(0)
    except BaseException:
        file.close()
        raise
    if known and digest == item.content_hash:
        with closing(file):
            return Unchanged()
    path = PurePosixPath(item.key)
    content = Content(file, item.key, external_id(f"source:{source.pk}/{item.key}"), path.name)
    return Changed(content, CONVERTERS[path.suffix.lower()], digest)


def external_id(name: str) -> str:
    """The name as an external id; one that is too long is cut, with a hash of all of it."""
    if len(name) <= MAX_EXTERNAL_ID:
        return name
    return f"{name[:200]}~{hashlib.sha256(name.encode()).hexdigest()[:32]}"
