"""Weekly hours in a form: a line for each day, such as `09:00–12:00, 13:00–17:30`. What they mean: `sessions_app.hours`."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from sessions_app import hours

NAMES = dict(
    zip(hours.DAYS, ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"), strict=True)
)
CLOSED, ALL_DAY = "closed", "all day"
MAX_CHARACTERS = 200
_WHOLE = ["00:00", hours.MIDNIGHT]
_TIME = r"(\d{1,2})(?:[:.](\d{2}))?"
_SPAN = re.compile(rf"\s*{_TIME}\s*(?:[-–—]|to)\s*{_TIME}\s*")

Span = list[str]


def read(text: str) -> list[Span]:
    """The spans of a day that somebody wrote. Raises ValueError with what is wrong."""
    if text.strip().lower() == CLOSED:
        return []
    if text.strip().lower() == ALL_DAY:
        return [_WHOLE]
    return [_span(part) for part in re.split("[,;]", text)]


def _span(text: str) -> Span:
    match = _SPAN.fullmatch(text)
    if match is None:
        raise ValueError(f"“{text.strip()}” is no time span. Write 9:00–17:30, {ALL_DAY} or {CLOSED}.")
    first, first_minutes, last, last_minutes = match.groups(default="00")
    span = [f"{int(first):02}:{first_minutes}", f"{int(last):02}:{last_minutes}"]
    try:
        hours.validate({hours.DAYS[0]: [span]})
    except ValidationError:
        raise ValueError(
            f"“{text.strip()}” is no time span: times go from 0:00 to 23:59, 24:00 ends a day, and start and end differ."
        ) from None
    return span


def written(spans: list[Span]) -> str:
    """What `read` reads."""
    return ALL_DAY if spans == [_WHOLE] else ", ".join("–".join(span) for span in spans)


class _Day(forms.CharField):
    def __init__(self, name: str) -> None:
        super().__init__(required=False, max_length=MAX_CHARACTERS)
        self._name = name

    def clean(self, value: Any) -> Any:
        """The spans; None where nothing is written."""
        text = super().clean(value)
        try:
            return read(text) if text else None
        except ValueError as error:
            raise ValidationError(f"{self._name}: {error}") from None


class WeekInput(forms.MultiWidget):
    """Seven lines. `unnamed`: what stands at a day without spans once another day has some."""

    use_fieldset = True

    class Media:
        css = {"all": ["admin_console/week.css"]}

    def __init__(self, unnamed: str) -> None:
        super().__init__({day: forms.TextInput(attrs={"spellcheck": "false"}) for day in hours.DAYS})
        self._unnamed = unnamed

    def decompress(self, value: Any) -> list[str]:
        """The lines of a week."""
        week = value or {}
        return [written(week[day]) if week.get(day) else self._unnamed if week else "" for day in hours.DAYS]

    def _render(self, template_name: str, context: dict[str, Any], renderer: Any = None) -> SafeString:
        lines = zip(NAMES.values(), context["widget"]["subwidgets"], strict=True)
        return render_to_string("admin/sessions_app/week.html", {"lines": lines})


class WeekField(forms.MultiValueField):
    """A week, as `hours.validate` wants it: {} when nothing is written. A day that is left empty has no spans."""

    def __init__(self, *, unnamed: str = "", **kwargs: Any) -> None:
        days = [_Day(name) for name in NAMES.values()]
        super().__init__(days, required=False, require_all_fields=False, widget=WeekInput(unnamed), **kwargs)

    def compress(self, data_list: Any) -> dict[str, list[Span]]:
        """The days that have spans; where all that is written is `closed`, these days without any."""
        given = {
            day: spans for day, spans in zip(hours.DAYS, data_list or [None] * 7, strict=True) if spans is not None
        }
        return {day: spans for day, spans in given.items() if spans} or given
