"""The form in which files are uploaded."""

from pathlib import PurePosixPath
from typing import Any

from django import forms

from config.common.errors import Invalid
from knowledge.admin_forms import checked
from knowledge.converters import CONVERTERS
from knowledge.imports import uploads
from knowledge.imports.limits import MAX_FILES, MAX_UPLOAD_BYTES
from knowledge.imports.models import ImportJob
from knowledge.limits import MAX_TAGS

ACCEPTED = ",".join([*CONVERTERS, ".zip"])


class FilesInput(forms.ClearableFileInput):
    """Several files at once."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """All the files that were chosen, as a list."""

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        files = [super(FilesField, self).clean(file) for file in (data if isinstance(data, list) else [data]) if file]
        try:
            uploads.check(files)
        except Invalid as error:
            raise forms.ValidationError(str(error)) from error
        return files


class ImportForm(forms.ModelForm):  # type: ignore[type-arg]
    """Files, and what their articles are to be."""

    files = FilesField(  # type: ignore[assignment] # what is declared is a field, not the form's own attribute
        label="Files",
        allow_empty_file=True,
        widget=FilesInput(
            attrs={
                "accept": ACCEPTED,
                "data-max-bytes": MAX_UPLOAD_BYTES,
                "data-max-files": MAX_FILES,
                "data-testid": "import-files",
            }
        ),
        help_text=f"Markdown, HTML, PDF, Word, text, CSV, JSONL, or zip archives of them. Up to {MAX_FILES} files and "
        f"{MAX_UPLOAD_BYTES // 1024 // 1024} MiB together. Drop them here, or choose them.",
    )

    class Meta:
        model = ImportJob
        fields = ["files", "name", "new_status", "audience", "tags", "archive_missing"]
        labels = {
            "name": "Name of this set",
            "audience": "New articles are for",
            "archive_missing": "Archive what is missing",
        }
        help_texts = {
            "name": "Uploads of one name belong together: the same file changes the same article the next time. "
            "Empty: the first file's name.",
            "tags": "Comma-separated, added to every article. Without tags it serves every inbox.",
            "archive_missing": "Articles that an earlier upload of this name brought, and this one does not have, are "
            "archived. You see which, before it happens.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].required = False

    def clean_tags(self) -> list[str]:
        tags = [checked(tag) for tag in self.cleaned_data["tags"]]
        if len(tags) > MAX_TAGS:
            raise forms.ValidationError(f"At most {MAX_TAGS} tags.")
        return tags

    def clean(self) -> dict[str, Any] | None:
        """Without a name it is the first file's, so that the same file belongs together with itself."""
        name = checked(str(self.cleaned_data.get("name") or "").strip())
        files = self.cleaned_data.get("files") or []
        self.cleaned_data["name"] = name or (PurePosixPath(files[0].name).stem[:100] if files else "")
        return super().clean()
