"""API keys: kept as a hash, refused once revoked."""

from datetime import timedelta

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.utils import timezone
from rest_framework.test import APIRequestFactory

from config.common.errors import Forbidden, NotFound, Unauthorized
from sessions_app.authentication import ApiKeyAuthentication, CustomerAuthentication, Integration
from sessions_app.models import ApiKey, Inbox
from sessions_app.services import Caller

SCOPES = ["conversations:read", "knowledge:read"]


def asking(header: str | None):
    headers = {} if header is None else {"Authorization": header}
    return APIRequestFactory().get("/", headers=headers)


def authenticated(header: str) -> Integration:
    result = ApiKeyAuthentication().authenticate(asking(header))
    assert result is not None
    assert result[0] is None
    return result[1]


@pytest.fixture
def issued(db):
    return ApiKey.issue("Shop", SCOPES)


def test_the_key_opens_with_its_scopes(issued):
    row, key = issued
    found = authenticated(f"Api-Key {key}")
    assert (found.id, found.name, found.scopes) == (row.pk, "Shop", frozenset(SCOPES))
    assert found.inbox_ids is None


def test_a_key_outlives_its_inboxes_without_gaining_others(db):
    """Red when `Integration` looks at the inboxes that are left alone."""
    Inbox.objects.create(key="other", name="Other")
    inbox = Inbox.objects.create(key="shop", name="Shop")
    _, key = ApiKey.issue("Shop", SCOPES, [inbox])
    assert authenticated(f"Api-Key {key}").inbox_ids == frozenset([inbox.id])
    inbox.delete()
    found = authenticated(f"Api-Key {key}")
    assert found.inbox_ids == frozenset()
    assert found.audience().tags == ()
    with pytest.raises(Forbidden):
        found.require_unlimited()


def test_only_a_hash_is_kept(issued):
    """Red when `issue` keeps the key."""
    row, key = issued
    secret = key.split(".", 1)[1]
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(k)::text FROM sessions_app_apikey k")
        (stored,) = cursor.fetchone()
    assert row.prefix in stored
    assert secret not in stored
    assert len(secret) >= 43


def test_a_revoked_key_is_refused(issued):
    """Red when the look-up forgets revoked_at."""
    row, key = issued
    row.revoked_at = timezone.now()
    row.save(update_fields=["revoked_at"])
    with pytest.raises(Unauthorized):
        authenticated(f"Api-Key {key}")


def test_a_key_ends_with_its_days(db):
    """Red when `working` leaves expires_at out."""
    row, key = ApiKey.issue("Shop", SCOPES, days=1)
    assert row.expires_at is not None
    assert row.expires_at - timezone.now() > timedelta(hours=23)
    assert authenticated(f"Api-Key {key}").id == row.pk
    ApiKey.objects.update(expires_at=Now())
    with pytest.raises(Unauthorized):
        authenticated(f"Api-Key {key}")


@pytest.mark.parametrize("change", [str.upper, lambda key: key[:-1], lambda key: key + "x", lambda key: "", str.lower])
def test_another_key_is_refused(issued, change):
    with pytest.raises(Unauthorized):
        authenticated(f"Api-Key {change(issued[1])}")


def test_the_digest_is_no_key(issued):
    with pytest.raises(Unauthorized):
        authenticated(f"Api-Key {issued[0].digest}")


@pytest.mark.parametrize("header", [None, "", "Basic eDp5", "Bearer x", "Api-Keys x"])
def test_another_scheme_is_left_to_others(db, header):
    assert ApiKeyAuthentication().authenticate(asking(header)) is None


def test_schemes_are_read_in_any_case(issued):
    assert authenticated(f"api-key {issued[1]}").name == "Shop"


def test_the_last_use_is_kept_by_the_minute(issued):
    row, key = issued
    authenticated(f"Api-Key {key}")
    row.refresh_from_db()
    first = row.last_used_at
    assert first is not None
    authenticated(f"Api-Key {key}")
    row.refresh_from_db()
    assert row.last_used_at == first
    ApiKey.objects.update(last_used_at=first - timedelta(minutes=2))
    authenticated(f"Api-Key {key}")
    row.refresh_from_db()
    assert row.last_used_at > first


@pytest.fixture
def limited(issued):
    own = Inbox.objects.create(name="Own", tags=["own"])
    issued[0].inboxes.add(own)
    return own, authenticated(f"Api-Key {issued[1]}")


def test_a_limited_key_sees_its_inboxes_articles(limited):
    own, key = limited
    assert key.audience().tags == ("own",)
    assert key.audience(own.key).tags == ("own",)
    assert not key.audience().everything


def test_a_limited_key_cannot_reach_another_inbox(limited):
    """Red when `audience` does not compare inboxes."""
    other = Inbox.objects.create(name="Other", tags=["other"])
    with pytest.raises(NotFound) as there:
        limited[1].audience(other.key)
    with pytest.raises(NotFound) as nowhere:
        limited[1].audience("ib_none")
    assert there.value.detail == nowhere.value.detail
    with pytest.raises(Forbidden):
        limited[1].require_unlimited()


def test_an_unlimited_key_sees_everything(issued):
    key = authenticated(f"Api-Key {issued[1]}")
    assert key.audience().everything
    key.require_unlimited()


def test_a_session_token_authenticates_its_customer(session, token):
    result = CustomerAuthentication().authenticate(asking(f"Bearer {token}"))
    assert result is not None
    user, caller = result
    assert user is None
    assert isinstance(caller, Caller)
    assert caller.session == session


@pytest.mark.parametrize("value", ["", "x", "a.b.c", "null"])
def test_a_bad_session_token_is_refused(db, value):
    with pytest.raises(Unauthorized):
        CustomerAuthentication().authenticate(asking(f"Bearer {value}"))


def test_no_session_token_is_left_to_others(db):
    assert CustomerAuthentication().authenticate(asking(None)) is None
    assert CustomerAuthentication().authenticate(asking("Api-Key x")) is None
