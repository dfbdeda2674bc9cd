"""Secrets: encrypted at rest, changed without a gap, and brought under new encryption keys."""

from datetime import timedelta
from io import StringIO

import pytest
from cryptography.fernet import Fernet
from django.core.management import call_command
from django.db import connection
from django.db.models.functions import Now

from config.common import crypto, redis
from support.models import Webhook
from support.webhooks import subscriptions
from tests.support.conversations import ask, new_place
from tests.webhooks.signatures import verified

pytestmark = pytest.mark.django_db


def stored() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret, old_secret FROM support_webhook")
        return list(cursor.fetchone())


def test_both_secrets_sign_until_the_old_ones_time_is_over(hook, receiver, work):
    """Red when `_post` signs with the new secret alone, or with the old one for ever."""
    webhook, old = hook(types=["message.created"])
    _, new = subscriptions.rotate(webhook.pk)
    assert old != new
    ask(new_place())
    work(webhook)
    [request] = receiver.received
    assert verified(old, request)
    assert verified(new, request)
    assert len(request.headers["webhook-signature"].split(" ")) == 2
    Webhook.objects.update(old_secret_until=Now() - timedelta(seconds=1))
    ask(new_place())
    work(webhook)
    assert not verified(old, receiver.received[1])
    assert verified(new, receiver.received[1])


def test_the_old_secret_signs_for_a_day_and_is_forgotten(hook):
    webhook, _ = hook()
    rotated, _ = subscriptions.rotate(webhook.pk)
    assert rotated.old_secret_until
    left = rotated.old_secret_until - rotated.updated_at
    assert timedelta(hours=23, minutes=59) < left < timedelta(hours=24, minutes=1)
    subscriptions.forget_old_secrets()
    assert Webhook.objects.get().old_secret
    Webhook.objects.update(old_secret_until=Now() - timedelta(seconds=1))
    subscriptions.forget_old_secrets()
    assert (Webhook.objects.get().old_secret, Webhook.objects.get().old_secret_until) == (None, None)


def test_postgresql_never_sees_a_secret(hook):
    """Red when `old_secret` is a TextField."""
    webhook, old = hook()
    _, new = subscriptions.rotate(webhook.pk)
    assert not {old, new} & set(stored())
    assert [crypto.box().decrypt(text.encode()).decode() for text in stored()] == [new, old]


def test_rotate_keys_renews_them(hook, settings):
    """Both of them."""
    keys = [Fernet.generate_key().decode() for _ in range(2)]
    redis.client().flushdb()
    try:
        settings.SESSION_ENCRYPTION_KEYS = [keys[0]]
        crypto.box.cache_clear()
        webhook, old = hook()
        _, new = subscriptions.rotate(webhook.pk)
        settings.SESSION_ENCRYPTION_KEYS = [keys[1], keys[0]]
        crypto.box.cache_clear()
        call_command("rotate_keys", stdout=StringIO(), stderr=StringIO())
        settings.SESSION_ENCRYPTION_KEYS = [keys[1]]
        crypto.box.cache_clear()
        row = Webhook.objects.get()
        assert (row.secret, row.old_secret) == (new, old)
    finally:
        crypto.box.cache_clear()
