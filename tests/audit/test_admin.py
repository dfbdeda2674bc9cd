"""The trail in the admin: read-only, found by what people know, named, exported."""

import csv
import io
import json

import pytest
from django.contrib.auth.models import Permission
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from config.common.audit import exporting
from config.common.audit.actions import Action
from config.common.audit.models import Entry
from config.common.audit.origin import Actor
from config.common.audit.trail import record
from sessions_app.models import Inbox
from tests.support.console_cast import browser, staff

pytestmark = pytest.mark.django_db

LIST = "/admin/audit/entry/"


def note(count: int = 1, by: str = "alice", **details) -> None:
    with transaction.atomic():
        for number in range(count):
            record(Action.CONVERSATION_CLOSED, "conversation", f"c{number}", by=Actor.staff(staff(by).pk), **details)


def rows(client, query: str = "") -> list[Entry]:
    return list(client.get(LIST + query).context["cl"].result_list)


def exported(client, form: str, query: str = "") -> str:
    response = client.get(f"{LIST}export/{form}/{query}")
    assert response.status_code == 200
    return b"".join(response.streaming_content).decode()


@pytest.mark.parametrize("who", ["alice", "ed"])
def test_only_administrators_see_it(who):
    client = browser(who)
    assert client.get(LIST).status_code == 403
    assert client.get(f"{LIST}export/csv/").status_code == 403
    staff(who).user_permissions.add(Permission.objects.get(codename="view_entry"))
    assert browser(who).get(LIST).status_code == 200


def test_nobody_changes_it():
    note()
    page = f"{LIST}{Entry.objects.get().pk}/"
    rita = browser("rita")
    assert rita.get(f"{page}change/").status_code == 200
    for path in (f"{page}change/", f"{page}delete/", f"{LIST}add/"):
        assert rita.post(path, {"post": "yes", "actor_id": "7"}).status_code == 403


def test_as_many_queries_for_many_entries_as_for_few():
    """Red when naming.of is asked for each row."""
    rita = browser("rita")
    inbox = Inbox.objects.create(name="Acme")
    counts = []
    for number in (1, 20):
        note(number)
        with transaction.atomic():
            record(Action.SETTING_CHANGED, "inbox", inbox.pk)
        rows(rita)
        with CaptureQueriesContext(
            connection,
        ) as captured:
            page = rita.get(LIST)
        counts.append(len(captured))
    assert counts[0] == counts[1]
    shown = page.content.decode()
    assert "alice" in shown
    assert ">Acme</a>" in shown


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 4),
        ("?actor_kind__exact=staff", 3),
        ("?action=setting.changed", 1),
        ("?object=conversation", 3),
        ("?q=bob", 1),
        ("?q=c1", 1),
        ("?q=c", 0),
        ("?at__gte=2100-01-01T00:00:00Z", 0),
        ("?at__gte=2000-01-01T00:00:00Z&actor_kind__exact=system", 1),
    ],
)
def test_filters_and_search(query, count):
    note(2)
    note(1, by="bob")
    with transaction.atomic():
        record(Action.SETTING_CHANGED, "inbox", "i1")
    assert len(rows(browser("rita"), query)) == count


def test_an_export_has_what_the_filters_let_through_and_leaves_an_entry():
    """Red when export_view does not ask the list's filters, or does not record."""
    note(2)
    note(1, by="bob", reason="=1+1")
    rita = browser("rita")
    lines = [json.loads(line) for line in exported(rita, "jsonl", "?q=bob").splitlines()]
    assert [(line["actor_id"], line["details"]) for line in lines] == [(str(staff("bob").pk), {"reason": "=1+1"})]
    last = Entry.objects.latest("pk")
    assert (last.action, last.details) == ("trail.exported", {"form": "jsonl", "filters": ["q"]})
    table = list(csv.DictReader(io.StringIO(exported(rita, "csv"))))
    assert [row["action"] for row in table][:3] == ["conversation.closed"] * 3
    assert tuple(table[0]) == exporting.FIELDS
    assert rita.get(f"{LIST}export/xml/").status_code == 404


def test_a_spreadsheet_gets_no_formula():
    """Red when _cell gives back what it gets."""
    with transaction.atomic():
        record(Action.CONVERSATION_CLOSED, "conversation", "=HYPERLINK(1)")
    assert "'=HYPERLINK(1)" in exported(browser("rita"), "csv")


def test_an_empty_trail_says_so():
    assert "There are no audit entries yet" in browser("rita").get(LIST).content.decode()
