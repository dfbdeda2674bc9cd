"""The wiring as an app, so that its commands and checks are found."""

from django.apps import AppConfig


class WiringConfig(AppConfig):
    """Loads the Celery app in every process, so that `shared_task` finds it, the checks and the logging."""

    name = "config"

    def ready(self) -> None:
        from django.conf import settings

        from config import celery, checks, tasks, telemetry  # noqa: F401

        telemetry.set_up_logging()
        if settings.SENTRY_DSN:
            from config import sentry

            sentry.set_up()
