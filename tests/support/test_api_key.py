"""`manage.py create_api_key`."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from sessions_app.models import ApiKey, Inbox

pytestmark = pytest.mark.django_db


def create(*arguments):
    out, err = StringIO(), StringIO()
    call_command("create_api_key", *arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_standard_output_is_the_key_alone():
    out, err = create("CRM", "--scope", "knowledge:read", "knowledge:write", "--scope", "knowledge:read")
    row = ApiKey.objects.get(digest=ApiKey.digest_of(out.rstrip("\n")))
    assert (row.name, row.scopes, row.inboxes.count()) == ("CRM", ["knowledge:read", "knowledge:write"], 0)
    assert row.prefix in err
    assert out.strip() not in err


def test_it_can_be_limited_to_inboxes():
    for key in ("shop", "blog", "wiki"):
        Inbox.objects.create(key=key, name=key)
    create("CRM", "--scope", "knowledge:read", "--inbox", "shop", "--inbox", "blog", "shop")
    assert set(ApiKey.objects.get().inboxes.values_list("key", flat=True)) == {"shop", "blog"}


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["CRM", "--scope", "knowledge:all"], "Unknown scope: knowledge:all. Scopes: conversations:read, "),
        (["CRM"], "--scope"),
        (["", "--scope", "knowledge:read"], "NAME must not be empty"),
        (["n" * 121, "--scope", "knowledge:read"], "NAME has 121 characters; the limit is 120"),
        (["CRM", "--scope", "knowledge:read", "--inbox", "nope"], "There is no inbox 'nope'"),
        (["CRM", "--scope", "knowledge:read", "--days", "0"], "--days is from 1 to 3650"),
        (["CRM", "--scope", "knowledge:read", "--days", "3651"], "--days is from 1 to 3650"),
    ],
)
def test_bad_arguments_make_no_key(arguments, problem):
    with pytest.raises(CommandError, match=problem):
        create(*arguments)
    assert not ApiKey.objects.exists()


@pytest.mark.parametrize("days", [1, 3650])
def test_it_can_end_by_itself(days):
    before = timezone.now()
    _, err = create("CRM", "--scope", "knowledge:read", "--days", str(days))
    ends = ApiKey.objects.get().expires_at
    assert ends is not None
    assert timedelta(days=days) <= ends - before < timedelta(days=days, minutes=1)
    assert f"until {ends:%Y-%m-%d %H:%M} UTC" in err
