"""Weekly hours on pages of the admin, for those who may look and not change: Django would show the JSON."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe

from sessions_app.hours_field import NAMES, Span, WeekInput


class WeeksShown(admin.ModelAdmin):  # type: ignore[type-arg]
    """weeks: the fields that are weeks, and the methods that show them to those who may not change them."""

    weeks: dict[Any, str]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        if self.has_change_permission(request, obj):
            return fieldsets
        return [
            (name, part | {"fields": [self.weeks.get(field, field) for field in part["fields"]]})
            for name, part in fieldsets
        ]


def lines(week: dict[str, list[Span]], *, unnamed: str, otherwise: str) -> SafeString | str:
    """A line for each day, as the form has them. unnamed: a day without spans. otherwise: what there is to say without a week."""
    days = zip(NAMES.values(), WeekInput(unnamed).decompress(week), strict=True)
    return format_html_join(mark_safe("<br>"), "{}: {}", days) if week else otherwise
