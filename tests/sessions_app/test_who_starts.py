"""Whose session it becomes: the signed identity's, the previous token's, or a new customer's."""

from dataclasses import replace

import jwt
import pytest

from config.common import clock
from config.common.errors import NotFound, Unauthorized
from sessions_app import services, tokens
from sessions_app.models import Customer, Inbox
from sessions_app.services import Start


def identity(inbox: Inbox, sub: str = "user-1", **claims) -> str:
    return jwt.encode({"sub": sub, "exp": clock.timestamp() + 60} | claims, inbox.identity_secret, "HS256")


def who(inbox: Inbox, previous: tokens.Claims | None = None, **start) -> Customer:
    return services.find_customer(Start(inbox.key, **start), inbox, previous)


def test_a_first_visit_makes_a_customer(inbox):
    visitor = who(inbox, metadata={"page": "/pricing"})
    assert not visitor.identified
    assert visitor.metadata == {"page": "/pricing"}
    assert who(inbox) != visitor


def test_the_same_sub_is_the_same_customer(inbox):
    first = who(inbox, identity=identity(inbox))
    assert first.identified
    assert who(inbox, identity=identity(inbox)) == first
    assert who(inbox, identity=identity(inbox, "user-2")) != first


def test_the_same_sub_in_another_inbox_is_someone_else(inbox):
    other = Inbox.objects.create(name="Other")
    assert who(inbox, identity=identity(inbox)) != who(other, identity=identity(other))


def test_an_identity_signed_for_another_inbox_is_refused(inbox):
    """Red when `find_customer` takes any inbox's secret."""
    other = Inbox.objects.create(name="Other")
    with pytest.raises(Unauthorized):
        who(inbox, identity=identity(other))
    assert not Customer.objects.exists()


def test_name_and_email_follow_the_identity(inbox):
    who(inbox, identity=identity(inbox, name="Ann", email="ann@example.com"))
    later = who(inbox, identity=identity(inbox, name="Ann B."))
    later.refresh_from_db()
    assert (later.name, later.email) == ("Ann B.", "ann@example.com")


def test_an_identity_beats_a_previous_token(inbox, session):
    assert who(inbox, session.claims, identity=identity(inbox)).sub == "user-1"


def test_a_previous_token_proves_its_customer(inbox, customer, session):
    assert who(inbox, session.claims) == customer


def test_an_expired_previous_token_still_proves(inbox, session):
    old = replace(session.claims, issued_at=1)
    assert services.previous_claims(tokens.sign(old), inbox) == old


def test_a_revoked_previous_token_proves_nothing(inbox, session, token):
    """Red when `previous_claims` does not look at revocations."""
    services.end(session.id)
    assert services.previous_claims(token, inbox) is None


@pytest.mark.parametrize("forged", [None, "", "a.b.c", "\ud800"])
def test_what_is_no_token_of_ours_proves_nothing(inbox, forged):
    assert services.previous_claims(forged, inbox) is None


def test_a_previous_token_of_another_inbox_proves_nothing(session, token):
    """Red when `previous_claims` does not compare inboxes."""
    assert services.previous_claims(token, Inbox.objects.create(name="Other")) is None


def test_an_inbox_that_is_switched_off_is_not_there(inbox):
    assert services.find_inbox(inbox.key) == inbox
    Inbox.objects.update(is_active=False)
    with pytest.raises(NotFound):
        services.find_inbox(inbox.key)
