"""Uploaded files: kept in the database in pieces until they have been read, as workers may run on another machine."""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import PurePosixPath
from typing import Any, BinaryIO

from django.db import transaction

from config.common.errors import Invalid
from config.common.text import storable
from knowledge.converters import CONVERTERS, KNOWN
from knowledge.converters.folders import NOT_READ
from knowledge.imports.archives import Entry, entries, spooled
from knowledge.imports.limits import MAX_FILES, MAX_UPLOAD_BYTES
from knowledge.imports.models import ImportFile, ImportJob, ImportPiece

_PIECE = 1024 * 1024
_MIB = 1024 * 1024


class Upload(Invalid):
    """The files cannot be taken."""


def check(files: list[Any]) -> None:
    """Raise Upload for files (Django's UploadedFile) that are not taken at all; what is in them is read later."""
    if not files:
        raise Upload("Choose a file.")
    if len(files) > MAX_FILES:
        raise Upload(f"These are {len(files):,} files; the limit is {MAX_FILES}. Put them into a zip archive.")
    size = sum(file.size for file in files)
    if size > MAX_UPLOAD_BYTES:
        raise Upload(
            f"Together the files have {size / _MIB:,.0f} MiB; the limit is {MAX_UPLOAD_BYTES // _MIB} MiB. "
            "Divide them, or use `manage.py ingest` on the server."
        )
    for file in files:
        if problem := _name_problem(file.name):
            raise Upload(f"{file.name}: {problem}")


def _name_problem(name: str) -> str | None:
    suffix = PurePosixPath(name).suffix.lower()
    if not storable(name) or not name.isprintable() or len(name) > 255:
        return "The name is too long, or holds characters that are no text."
    if suffix in NOT_READ:
        return f"{NOT_READ[suffix]}."
    return None if suffix in CONVERTERS or suffix == ".zip" else f"Not supported. Supported are {KNOWN}, .zip."


@transaction.atomic
def start(job: ImportJob, files: Iterable[Any]) -> ImportJob:
    """Store a new import with its files; a worker reads them from the commit on. Raises Upload."""
    from knowledge.imports import work

    files = list(files)
    check(files)
    job.save(force_insert=True)
    for file in files:
        row = ImportFile.objects.create(job=job, name=file.name)
        for piece in file.chunks(_PIECE):
            ImportPiece.objects.create(file=row, data=piece)
    work.schedule(job.pk)
    return job


def read(job: ImportJob, stack: ExitStack) -> list[Entry]:
    """All files of the upload in a steady order, those of archives in their place; archives stay open as long as `stack`."""
    found: list[Entry] = []
    for row in job.files.all():
        if row.name.lower().endswith(".zip"):
            found += entries(row.name, stack.enter_context(_bytes(row)))
        else:
            found.append(Entry(row.name, lambda row=row: _bytes(row)))  # type: ignore[misc]
    return found


def _bytes(row: ImportFile) -> BinaryIO:
    def pieces() -> Iterator[bytes]:
        for data in row.pieces.values_list("data", flat=True).iterator(chunk_size=4):
            yield bytes(data)

    return spooled(pieces())
