"""An administrator writes rules, is told what is wrong, puts them in force, and simulates them."""

import pytest
from django.test import Client
from django.utils import timezone

from agents.escalation import parsing
from agents.escalation.default import BUILT_IN
from agents.escalation.rules import REASONS
from sessions_app.models import Inbox
from support.admin.escalation_form import REASON_LABELS, RuleForm, rules_form
from support.escalation import policies, simulation, tasks
from support.models import EscalationPolicy, EscalationSimulation, EscalationVersion
from tests.support.console_cast import browser, staff
from tests.support.escalating import ANGER, REFUND, enforce

pytestmark = pytest.mark.django_db

LIST = "/admin/support/escalationpolicy/"


@pytest.fixture
def inbox():
    return Inbox.objects.create(name="Acme", key="ib_acme")


def form(*rules, revision=0, initial=0, **button):
    """What the browser sends: rules with their fields."""
    sent = {"revision": revision, "rules-TOTAL_FORMS": len(rules), "rules-INITIAL_FORMS": initial}
    for number, rule in enumerate(rules):
        fields = RuleForm.initial_of(rule) if not isinstance(rule, dict) else rule
        fields = {name: value for name, value in fields.items() if value not in (None, False)}
        fields = {"ORDER": number + 1, **fields}
        sent |= {f"rules-{number}-{name}": value for name, value in fields.items()}
    return sent | (button or {"save": ""})


def edit(inbox, *rules, **more):
    return browser("rita").post(f"{LIST}{inbox.pk}/change/", form(*rules, **more))


def test_an_inbox_without_a_policy_shows_what_is_built_in(inbox):
    page = browser("rita").get(f"{LIST}{inbox.pk}/change/").content.decode()
    assert "Built-in rules in force" in page
    assert page.count('data-testid="rule"') == len(BUILT_IN.rules) + 1  # and the template for further ones
    assert "Built-in rules" in browser("rita").get(LIST).content.decode()
    assert not EscalationPolicy.objects.exists()


def test_a_draft_is_saved_and_put_in_force(inbox):
    """Red when saving a draft puts it in force."""
    assert edit(inbox, ANGER, REFUND).status_code == 302
    assert policies.in_force(inbox.pk) == BUILT_IN
    assert policies.draft_of(inbox.pk).rules == (ANGER, REFUND)
    assert edit(inbox, ANGER, REFUND, revision=1, force="").status_code == 302
    assert policies.in_force(inbox.pk).rules == (ANGER, REFUND)
    version = EscalationVersion.objects.get()
    assert (version.version, version.author) == (1, staff("rita"))
    assert "The message has a keyword (refund)" in browser("rita").get(f"{LIST}{inbox.pk}/change/").content.decode()


def test_rules_are_kept_in_the_order_they_were_put_in_and_removed(inbox):
    """Red when `rules` takes `forms` for `ordered_forms`."""
    first, second = (RuleForm.initial_of(rule) for rule in (ANGER, REFUND))
    edit(inbox, first | {"ORDER": 2}, second | {"ORDER": 1}, first | {"ORDER": 3, "DELETE": "on"})
    assert policies.draft_of(inbox.pk).rules == (REFUND, ANGER)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"name": ""}, "This field is required"),
        ({"trigger": "keywords"}, "Write the keywords, one on each line"),
        ({"trigger": "failures", "amount": 11}, "a whole number from 1 to 10"),
        ({"trigger": "failures", "amount": "x"}, "Enter a whole number"),
        ({"action": "refuse"}, "Write what the customer is told"),
        ({"trigger": ""}, "This field is required"),
    ],
    ids=["name", "words", "amount", "number", "text", "trigger"],
)
def test_what_is_wrong_is_said_and_nothing_saved(inbox, changes, complaint):
    page = edit(inbox, RuleForm.initial_of(ANGER) | changes)
    assert page.status_code == 200
    assert complaint in page.content.decode()
    assert policies.draft_of(inbox.pk) is None


def test_too_many_rules_are_refused():
    """Red when the formset does not validate its greatest number."""
    rules = [RuleForm.initial_of(ANGER) | {"name": f"n{number}"} for number in range(parsing.MAX_RULES + 1)]
    assert rules_form(form(*rules[:-1])).is_valid()
    refused = rules_form(form(*rules))
    assert not refused.is_valid()
    assert "at most 50" in str(refused.non_form_errors())


def test_the_second_of_two_administrators_keeps_what_they_wrote(inbox):
    edit(inbox, ANGER)
    page = edit(inbox, REFUND, revision=0)
    assert "changed while you were editing" in page.content.decode()
    assert 'value="Refunds"' in page.content.decode()
    assert edit(inbox, REFUND, revision=1).status_code == 302


def test_a_draft_is_thrown_away(inbox):
    edit(inbox, ANGER)
    edit(inbox, discard="")
    assert policies.draft_of(inbox.pk) is None


def test_texts_are_shown_as_texts(inbox):
    """Red when a rule's name is marked safe."""
    hostile = RuleForm.initial_of(REFUND) | {"name": "</script><b>x", "words": "<img src=x>"}
    edit(inbox, hostile, force="")
    for url in (f"{LIST}{inbox.pk}/change/", f"{LIST}{inbox.pk}/simulate/"):
        html = browser("rita").get(url).content.decode()
        assert "<b>x" not in html
        assert "<img src=x" not in html


def test_who_may_what(inbox):
    enforce(inbox.pk, ANGER)
    for url in (LIST, f"{LIST}{inbox.pk}/change/", f"{LIST}{inbox.pk}/simulate/"):
        assert Client().get(url).status_code == 302
        assert browser("ed").get(url).status_code == 403
        assert browser("alice").get(url).status_code == 200
    assert "put-in-force" not in browser("alice").get(f"{LIST}{inbox.pk}/change/").content.decode()
    assert browser("alice").post(f"{LIST}{inbox.pk}/change/", form(REFUND)).status_code == 403
    assert browser("alice").post(f"{LIST}{inbox.pk}/simulate/", {}).status_code == 403
    assert browser("rita").get(f"{LIST}{'0' * 8}-0000-0000-0000-{'0' * 12}/change/").status_code == 404


def days(first, last):
    return {"since": first, "until": last}


@pytest.mark.parametrize(
    ("sent", "complaint"),
    [
        (days("2026-01-02", "2026-01-01"), "This is before the first day"),
        (days("2025-01-01", "2026-01-01"), None),
        (days("2025-01-01", "2026-01-02"), "At most 366 days"),
        (days("soon", ""), "Enter a valid date"),
    ],
    ids=["backwards", "a year", "longer", "no date"],
)
def test_a_simulation_needs_a_time_range(inbox, monkeypatch, sent, complaint):
    asked: list[int] = []
    monkeypatch.setattr(tasks.simulate, "delay", asked.append)
    page = browser("rita").post(f"{LIST}{inbox.pk}/simulate/", sent)
    assert (page.status_code == 302) is (complaint is None) is bool(asked)
    assert complaint is None or complaint in page.content.decode()


def test_a_simulation_that_is_done_is_shown(inbox):
    now = timezone.now()
    row = simulation.start(inbox, [ANGER], now, now, staff("rita"))
    address = f"{LIST}{inbox.pk}/simulate/"
    assert browser("rita").get(f"{address}progress/").json()["active"] is True
    simulation.run(row.pk)
    assert browser("alice").get(f"{address}progress/").json()["active"] is False
    page = browser("alice").get(address)
    assert "There are no conversations in this time range" in page.content.decode()
    assert "The rules were changed since" in page.content.decode()


def test_a_simulation_whose_worker_is_gone_says_so(inbox):
    now = timezone.now()
    row = simulation.start(inbox, [ANGER], now, now, None)
    EscalationSimulation.objects.filter(pk=row.pk).update(beat_at=now - 2 * simulation.LOST)
    assert "Its worker is gone" in browser("rita").get(f"{LIST}{inbox.pk}/simulate/").content.decode()


def test_every_reason_has_a_label():
    assert set(REASON_LABELS) == set(REASONS)
