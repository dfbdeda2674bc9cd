"""The wiring as an app, so that its commands and checks are found."""

from django.apps import AppConfig


class WiringConfig(AppConfig):
    """Loads the Celery app in every process, so that `shared_task` finds it, and the system checks."""

    name = "config"

    def ready(self) -> None:
        from config import celery, checks  # noqa: F401
