from django.apps import AppConfig
from django.db.models.signals import post_migrate


class SupportConfig(AppConfig):
    name = "support"
    verbose_name = "Conversations"

    def ready(self) -> None:
        """Groups cannot come with a migration: permissions are made after all of them."""
        from knowledge.ingestion import LISTENERS
        from support import roles
        from support.webhooks import articles

        post_migrate.connect(roles.ensure, sender=self)
        LISTENERS.append(articles.record)
