"""What would become of each document: compared with the articles as they are, and nothing is written to them."""

from pathlib import PurePosixPath

from knowledge import ingestion
from knowledge.converters import CONVERTERS, convert_content
from knowledge.converters.document import Document, Failure
from knowledge.converters.reading import Content
from knowledge.converters.storing import draft
from knowledge.imports.archives import Entry
from knowledge.imports.limits import MAX_DOCUMENTS
from knowledge.imports.models import ImportItem, ImportJob
from knowledge.ingestion import Draft
from knowledge.models import Article
from knowledge.sources.reading import external_id

Plan = ImportItem.Plan


class Planner:
    """Plans the items of one import. `places`: which ids it has already, and where they were."""

    def __init__(self, job: ImportJob) -> None:
        self._job = job
        taken = job.items.exclude(external_id="").values_list("external_id", "where")
        self._places = dict(taken)

    def of(self, entry: Entry, number: int) -> list[ImportItem]:
        """The items of one file."""
        if entry.open is None:
            return [self._refused(number, entry.name, entry.refused)]
        items = []
        with entry.open() as file:
            path = PurePosixPath(entry.name)
            name = external_id(f"upload:{self._job.name}/{entry.name}")
            content = Content(file, entry.name, name, path.name)
            for found in convert_content(CONVERTERS[path.suffix.lower()], content):
                if isinstance(found, Failure):
                    items.append(self._refused(number, found.where, found.reason))
                else:
                    items.append(self._item(number, found))
                if len(items) > MAX_DOCUMENTS:  # refused as a whole, however many more there are
                    break
        return items

    def unreadable(self, entry: Entry, number: int, reason: str) -> ImportItem:
        """The item of a file that must not be read again."""
        return self._refused(number, entry.name, reason)

    def _refused(self, number: int, where: str, reason: str) -> ImportItem:
        return ImportItem(job=self._job, file=number, where=where[:500], plan=Plan.REFUSE, reason=reason[:500])

    def _item(self, number: int, document: Document) -> ImportItem:
        if first := self._places.get(document.external_id):
            return self._refused(number, document.where, f"has the same id as {first}: {document.external_id}")
        item = ImportItem(
            job=self._job,
            file=number,
            where=document.where[:500],
            external_id=document.external_id,
            title=document.title,
            url=document.url,
            size=len(document.body),
            body=document.body,
        )
        self._places[document.external_id] = item.where
        existing = (
            Article.objects.filter(external_id=document.external_id).select_related("source_item__source").first()
        )
        if existing is None:
            item.plan = Plan.CREATE
        elif existing.source_item is not None:
            item.plan, item.body = Plan.REFUSE, ""
            item.reason = f"its article is kept in step by the source “{existing.source_item.source}”"
        else:
            item.article, item.base_version = existing, existing.version
            item.plan = Plan.CHANGE if ingestion.would_change(draft_of(item, existing), existing) else Plan.UNCHANGED
            item.body = item.body if item.plan == Plan.CHANGE else ""
        return item


def draft_of(item: ImportItem, existing: Article | None) -> Draft:
    """What the article is to be, whose item this is."""
    job = item.job
    document = Document(item.where, item.external_id, item.title, item.body, item.url)
    return draft(document, existing, tags=job.tags, status=job.new_status, audience=job.audience, author=job.author)


def missing(job: ImportJob) -> list[ImportItem]:
    """Articles that earlier imports of this name brought, and that this one no longer has, to be archived."""
    brought = ImportItem.objects.filter(job__name=job.name, state=ImportItem.State.APPLIED).exclude(plan=Plan.ARCHIVE)
    gone = (
        Article.objects.filter(pk__in=brought.exclude(job=job).values("article"), source_item=None)
        .exclude(pk__in=job.items.exclude(article=None).values("article"))
        .exclude(external_id__in=job.items.exclude(external_id="").values("external_id"))
        .exclude(status=Article.Status.ARCHIVED)
    )
    return [
        ImportItem(
            job=job,
            file=job.total,
            where="no longer in the upload",
            title=article.title,
            plan=Plan.ARCHIVE,
            article=article,
            base_version=article.version,
        )
        for article in gone
    ]
