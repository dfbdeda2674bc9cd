"""What a source has now: the keys of its documents. All of them, or an error: half a list looks like a deletion."""

from collections.abc import Callable, Iterator

from config.common.fetch import FetchError, Limits, fetch
from knowledge.limits import url_problem
from knowledge.sources import folders, sitemaps
from knowledge.sources.models import Source

MAX_KEY_BYTES = 2000
MAX_ITEMS = 100_000


class ListingError(Exception):
    """The source could not be listed; fit to be shown."""


def location_problem(kind: str, location: str) -> str | None:
    """Why a source cannot be there, or None."""
    if kind == Source.Kind.FOLDER:
        return folders.problem(location)
    return url_problem(location) or (None if location else "An address is needed.")


def keys(source: Source) -> Iterator[str]:
    """The keys of the documents that there are, each once. Raises ListingError, in the middle too."""
    seen: set[str] = set()
    try:
        for key in _LISTERS[source.kind](source.location):
            if key in seen or len(key.encode(errors="surrogateescape")) > MAX_KEY_BYTES:
                continue
            seen.add(key)
            if len(seen) > MAX_ITEMS:
                raise ListingError(f"It has more than {MAX_ITEMS:,} documents; divide it into several sources.")
            yield key
    except FetchError as error:
        raise ListingError(f"{source.location}: {error}") from error
    except (sitemaps.SitemapError, folders.FolderError) as error:
        raise ListingError(str(error)) from error


def _one(location: str) -> Iterator[str]:
    yield location.partition("#")[0]


def _sitemap(location: str) -> Iterator[str]:
    def load(url: str) -> bytes:
        answer = fetch(url, Limits(seconds=60, size=sitemaps.MAX_BYTES))
        if answer.status != 200:
            raise ListingError(f"{url} answers with status {answer.status}.")
        return answer.body

    return sitemaps.pages(location, load)


_LISTERS: dict[str, Callable[[str], Iterator[str]]] = {
    Source.Kind.URL: _one,
    Source.Kind.SITEMAP: _sitemap,
    Source.Kind.FOLDER: folders.paths,
}
