"""`manage.py export_model`: make the embedding model's ONNX file now, for an image or a folder that is read-only later."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError

from knowledge import model_files, onnx_model


class Command(BaseCommand):
    """Does nothing where the file is there. Needs no database, no Redis and no secret."""

    help = "Export EMBEDDING_MODEL to the ONNX format into MODEL_DIR, as the first process to need it would."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Make the file and say where it is."""
        try:
            model = model_files.identify(settings.EMBEDDING_MODEL)
            model_files.verify(model)
            path = model_files.model_path(model.name)
            file = model_files.exported_path(path)
            file.parent.mkdir(parents=True, exist_ok=True)
            onnx_model.export(path, file)
        except (ImproperlyConfigured, onnx_model.ExportFailed, OSError) as error:
            raise CommandError(f"The model could not be exported: {error}") from error
        self.stdout.write(str(file))
