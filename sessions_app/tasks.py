"""Periodic clean-up."""

from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from sessions_app import tokens
from sessions_app.models import SessionRevocation


@shared_task
def clean_up() -> int:
    """Forget revocations of sessions whose every token and record is long dead; returns how many.

    An expired token still proves its conversation (`previous_token`), so a revocation outlives the session's TTL by
    a year.
    """
    dead_since = timezone.now() - timedelta(days=365, seconds=settings.SESSION_TTL_SECONDS + tokens.LIFETIME_SECONDS)
    return SessionRevocation.objects.filter(revoked_at__lt=dead_since).delete()[0]
