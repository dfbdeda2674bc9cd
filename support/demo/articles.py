"""The demo's help centre: the files of docs/help as published articles.

Who wrote an article's current version tells whom it belongs to. What the seed wrote it may replace; what an editor or an
integration has changed, in whatever way, is theirs from then on.
"""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.validators import validate_slug
from django.db.models import F

from knowledge import ingestion
from knowledge.converters.markdown import split_title
from knowledge.converters.reading import decode, title_from_name
from knowledge.ingestion import Draft, content_hash
from knowledge.models import Article, ArticleVersion
from support.pages import HELP_PREFIX

# An account that nobody can sign in with.
AUTHOR = "seed_demo"


@dataclass(frozen=True)
class Page:
    """A file of the help centre."""

    external_id: str
    title: str
    body: str
    url: str


def ensure(base_url: str, folder: Path | None = None) -> list[str]:
    """Bring the articles up to the files; returns what was done."""
    pages = read(base_url, folder or Path(settings.BASE_DIR) / "docs" / "help")
    if not pages:  # an installation without its docs is not one whose help centre was emptied
        return []
    current = {
        version.article.external_id: version
        for version in ArticleVersion.objects.filter(
            article__external_id__startswith=HELP_PREFIX, number=F("article__version")
        )
        .select_related("article", "author")
        .defer("body")
    }
    done = Counter(_bring_up(page, current.pop(page.external_id, None)) for page in pages)
    done.update(_withdraw(version) for version in current.values())
    return [f"Articles: {number} {what}" for what, number in sorted(done.items()) if what]


def read(base_url: str, folder: Path) -> list[Page]:
    """The files of the folder as articles to be."""
    pages = []
    for path in sorted(folder.glob("*.md")):
        validate_slug(path.stem)
        title, body = split_title(decode(path.read_bytes()))
        url = f"{base_url}/{HELP_PREFIX}{path.stem}/"
        pages.append(Page(f"{HELP_PREFIX}{path.stem}", title or title_from_name(path.name), body, url))
    return pages


def _bring_up(page: Page, version: ArticleVersion | None) -> str:
    """Make the article what the page says, as far as that is ours to do; returns what was done, if anything."""
    if version is None:
        _save(page, None, status=Article.Status.PUBLISHED)
        return "created"
    article = version.article
    if _is_withdrawn(article) and _is_ours(version):
        _save(page, article, status=Article.Status.PUBLISHED)
        return "published again"
    if version.content_hash != content_hash(page.title, page.body) and _is_ours(version):
        _save(page, article)
        return "updated"
    if article.url != page.url and article.url.endswith(f"/{page.external_id}/"):
        ingestion.save(Draft(url=page.url), article)
        return "moved to this address"
    return ""


def _save(page: Page, article: Article | None, status: str | None = None) -> None:
    draft = Draft(
        title=page.title, body=page.body, url=page.url, external_id=page.external_id, status=status, author=_author()
    )
    ingestion.save(draft, article)


def _withdraw(version: ArticleVersion) -> str:
    """Archive an article whose file is gone. Without an address, so that it can be told from one a person archived."""
    if not _is_ours(version) or version.article.status == Article.Status.ARCHIVED:
        return ""
    ingestion.save(Draft(status=Article.Status.ARCHIVED, url=""), version.article)
    return "archived, as their files are gone"


def _is_withdrawn(article: Article) -> bool:
    return article.status == Article.Status.ARCHIVED and not article.url


def _is_ours(version: ArticleVersion) -> bool:
    return version.author is not None and version.author.get_username() == AUTHOR


def _author() -> Any:
    user, created = get_user_model().objects.get_or_create(
        username=AUTHOR, defaults={"is_active": False, "first_name": "Demo", "last_name": "Content"}
    )
    if created:
        user.set_unusable_password()
        user.save(update_fields=["password"])
    return user
