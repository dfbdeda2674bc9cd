"""Hours are written a line for each day, and read again as they were written."""

import pytest

from sessions_app import hours
from sessions_app.hours_field import MAX_CHARACTERS, WeekField, read
from sessions_app.models import Inbox
from support.models import NotificationPlan
from tests.support.console_cast import browser

NINE_TO_NOON = ["09:00", "12:00"]
PAGES = ("sessions_app/inbox", "support/notificationplan")


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("9-12", [NINE_TO_NOON]),
        ("9:00 – 12:00, 13.00–17.30", [NINE_TO_NOON, ["13:00", "17:30"]]),
        ("09:00 to 12:00; 22-6", [NINE_TO_NOON, ["22:00", "06:00"]]),
        ("18—24", [["18:00", "24:00"]]),
        (" All day ", [["00:00", "24:00"]]),
        ("closed", []),
    ],
)
def test_what_people_write_is_read(text, spans):
    assert read(text) == spans


@pytest.mark.parametrize(
    "text",
    ["nine to five", "9", "9-12-15", "9-9", "9-25", "24-6", "9-24:01", "9:60-12", "9-12,", '[["09:00", "12:00"]]'],
)
def test_what_is_no_span_is_named(text):
    with pytest.raises(ValueError, match="is no time span"):
        read(text)


def post(**days):
    names = {f"week_{day}": text for day, text in days.items()}
    field = WeekField(unnamed="closed")
    return field.clean(field.widget.value_from_datadict(names, {}, "week"))


def test_an_empty_week_has_no_hours():
    assert post() == {}


def test_a_day_left_empty_is_closed_once_another_has_hours():
    assert post(mon="9-12", tue="closed", wed="") == {"mon": [NINE_TO_NOON]}


def test_a_week_that_is_closed_stays_closed():
    """Red when `compress` forgets the days that are written without spans: always closed would become always open."""
    assert post(mon="closed") == {"mon": []}


@pytest.mark.parametrize("week", [{}, {"mon": []}, {"mon": [NINE_TO_NOON], "sun": [["00:00", "24:00"]]}])
def test_what_was_shown_can_be_saved_again(week):
    """Red when `decompress` leaves a day without spans empty while all others are."""
    lines = WeekField(unnamed="closed").widget.decompress(week)
    again = post(**dict(zip(hours.DAYS, lines, strict=True)))
    assert {day: spans for day, spans in again.items() if spans} == {day: spans for day, spans in week.items() if spans}
    assert bool(again) == bool(week)


@pytest.mark.django_db
class TestPage:
    """The page of an inbox."""

    def page(self, **hours):
        inbox = Inbox.objects.create(name="Acme", opening_hours={"mon": [NINE_TO_NOON]})
        client, path = browser("rita"), f"/admin/sessions_app/inbox/{inbox.pk}/change/"
        form = client.get(path).context["adminform"].form
        fields = {name: form[name].value() or "" for name in form.fields} | {"allowed_sites": "", "suggestions": ""}
        response = client.post(path, fields | {"tags": "", "opening_hours": ""} | hours)
        inbox.refresh_from_db()
        return response, inbox.opening_hours

    def test_a_day_is_changed(self):
        response, saved = self.page(opening_hours_fri="9-12", opening_hours_mon="all day")
        assert (response.status_code, saved) == (302, {"mon": [["00:00", "24:00"]], "fri": [NINE_TO_NOON]})

    def test_a_mistake_names_the_day_and_keeps_what_was_written(self):
        response, saved = self.page(opening_hours_mon="9-12", opening_hours_sat="whenever")
        shown = response.content.decode()
        assert "Saturday: “whenever” is no time span" in shown
        assert 'value="whenever"' in shown
        assert saved == {"mon": [NINE_TO_NOON]}

    def test_a_line_may_be_so_long(self):
        fits = ", ".join(["9-12"] * 33)[:MAX_CHARACTERS]
        assert self.page(opening_hours_mon=fits)[0].status_code == 302

    def test_and_no_longer(self):
        response, _ = self.page(opening_hours_mon="9-12" + " " * MAX_CHARACTERS + ", 13-14")
        assert response.status_code == 200


@pytest.mark.django_db
def test_who_may_look_and_not_change_sees_the_same_lines():
    """Red when WeeksShown leaves the field to Django, which shows JSON."""
    inbox = Inbox.objects.create(name="Acme")
    page, notifications = (f"/admin/{path}/{inbox.pk}/change/" for path in PAGES)
    alice = browser("alice")
    assert "Somebody is always there." in alice.get(page).content.decode()
    week = {"mon": [["09:00", "12:00"], ["13:00", "17:30"]], "sat": [["00:00", "24:00"]]}
    Inbox.objects.update(opening_hours=week)
    NotificationPlan.objects.create(inbox=inbox, quiet_hours={"sun": [["22:00", "06:00"]]})
    text = alice.get(page).content.decode()
    assert "Monday: 09:00–12:00, 13:00–17:30<br>Tuesday: closed<br>" in text
    assert "Saturday: all day<br>Sunday: closed" in text
    assert "mon&quot;" not in text
    assert "Saturday: none<br>Sunday: 22:00–06:00" in alice.get(notifications).content.decode()
    assert 'value="09:00–12:00, 13:00–17:30"' in browser("rita").get(page).content.decode()
