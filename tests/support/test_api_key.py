"""`manage.py create_api_key`."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

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
    ],
)
def test_bad_arguments_make_no_key(arguments, problem):
    with pytest.raises(CommandError, match=problem):
        create(*arguments)
    assert not ApiKey.objects.exists()
