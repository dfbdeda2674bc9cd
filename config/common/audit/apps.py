"""The trail as an app of its own, on the ground floor: whatever changes something writes to it."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "config.common.audit"
    label = "audit"
    verbose_name = "Audit trail"
    default_auto_field = "django.db.models.BigAutoField"
