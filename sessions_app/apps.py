from corsheaders.signals import check_request_enabled
from django.apps import AppConfig


class SessionsConfig(AppConfig):
    name = "sessions_app"
    verbose_name = "Inboxes and customers"

    def ready(self) -> None:
        """The inboxes' sites are CORS origins; they are known at run time only."""
        from sessions_app import sites

        check_request_enabled.connect(sites.admit)
