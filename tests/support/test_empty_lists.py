"""A list with nothing in it says what comes there, and offers nothing to search or to choose from."""

from typing import Any

import pytest
from django.contrib import admin
from django.urls import reverse

from sessions_app.models import Inbox
from tests.support.console_cast import browser

pytestmark = pytest.mark.django_db

# These are never empty for whoever can see them, or have pages of their own in place of Django's list.
NEVER = {"user", "group", "entry", "answerevaluation", "escalationpolicy", "notificationplan", "importjob", "reindex"}
LISTS: dict[str, Any] = {str(model._meta.model_name): row for model, row in admin.site._registry.items()}


@pytest.mark.parametrize("name", sorted(LISTS.keys() - NEVER))
def test_an_empty_list_says_what_comes_there(name):
    """Red when a list is added without `nothing_yet`, or shows its search and filters all the same."""
    row = LISTS[name]
    path = reverse(f"admin:{row.opts.app_label}_{name}_changelist")
    page = browser("rita").get(path, {"all": "1"} if name == "conversation" else {}).content.decode()
    assert f"There are no {row.opts.verbose_name_plural} yet. {row.nothing_yet}" in page
    assert not any(part in page for part in ('id="changelist-search"', 'id="changelist-filter"'))


def test_what_was_looked_for_in_vain_can_be_changed():
    """Red when an empty result hides its search as an empty list does."""
    Inbox.objects.create(name="Acme", key="ib_acme")
    page = browser("rita").get("/admin/sessions_app/inbox/?q=zzzz").content.decode()
    assert "Nothing matches" in page
    assert 'id="changelist-search"' in page
