"""Revocations are forgotten only when every token of their session is long dead."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.conf import settings
from django.utils import timezone

from sessions_app.models import SessionRevocation
from sessions_app.tasks import clean_up

pytestmark = pytest.mark.django_db


def revoked(ago: timedelta) -> SessionRevocation:
    row = SessionRevocation.objects.create(session_id=uuid4())
    SessionRevocation.objects.filter(pk=row.pk).update(revoked_at=timezone.now() - ago)
    return row


def test_old_revocations_are_forgotten():
    lifetime = timedelta(days=365, seconds=settings.SESSION_TTL_SECONDS + 3600)
    revoked(lifetime + timedelta(minutes=1))
    kept = revoked(lifetime - timedelta(minutes=1))
    assert clean_up() == 1
    assert list(SessionRevocation.objects.all()) == [kept]
