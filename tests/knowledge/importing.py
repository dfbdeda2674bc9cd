"""Imports by upload for the knowledge tests."""

import io
import zipfile
from collections.abc import Mapping

from django.core.files.uploadedfile import SimpleUploadedFile

from knowledge.imports import deciding, uploads, work
from knowledge.imports.models import ImportJob

LONG = 60.0


def zipped(files: Mapping[str, bytes | str], **changes) -> bytes:
    """A zip archive of these files; `changes` are set on each entry."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            for field, value in changes.items():
                setattr(info, field, value)
            archive.writestr(info, data)
    return out.getvalue()


def upload(files: Mapping[str, bytes | str], name: str = "docs", **fields) -> ImportJob:
    """An import of these files that no worker has seen."""
    uploaded = [
        SimpleUploadedFile(name, data.encode() if isinstance(data, str) else data) for name, data in files.items()
    ]
    return uploads.start(ImportJob(name=name, **fields), uploaded)


def read(files: Mapping[str, bytes | str], name: str = "docs", **fields) -> ImportJob:
    """An import that waits for a decision."""
    return go_on(upload(files, name, **fields))


def done(files: Mapping[str, bytes | str], name: str = "docs", **fields) -> ImportJob:
    """An import that was read, confirmed and written."""
    job = read(files, name, **fields)
    deciding.confirm(job.pk)
    return go_on(job)


def undone(job: ImportJob) -> ImportJob:
    """An import that was taken back."""
    deciding.undo(job.pk)
    return go_on(job)


def go_on(job: ImportJob, seconds: float = LONG) -> ImportJob:
    """A worker's turns until it has nothing more to do."""
    while work.go_on(job.pk, seconds):
        pass
    job.refresh_from_db()
    return job


def planned(job: ImportJob) -> dict[str, tuple[str, str]]:
    """(plan, reason) of each item by its place, or its title when it has one."""
    return {item.title or item.where: (item.plan, item.reason) for item in job.items.all()}
