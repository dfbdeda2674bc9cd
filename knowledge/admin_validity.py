"""From when and until when an article or a curated answer answers, in their lists."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString

from knowledge.models import Article, CuratedAnswer


def badge(article: Article | CuratedAnswer) -> SafeString | str:
    """Scheduled, expired, or until when it answers; empty without times that matter any more."""
    now = timezone.now()
    begin, end = article.valid_from, article.valid_until
    if end and end <= now:
        return _shown("expired", "Expired", "since", end)
    if begin and begin > now:
        return _shown("scheduled", "Scheduled", "from", begin)
    if end:
        return _shown("ending", "Limited", "until", end)
    return ""


def _shown(state: str, label: str, word: str, time: Any) -> SafeString:
    when = date_format(timezone.localtime(time), "j M Y, H:i")
    return format_html(
        '<span class="rw-badge" data-state="{}">{}</span> <span class="rw-when">{} {}</span>', state, label, word, when
    )


class ValidityFilter(admin.SimpleListFilter):
    """What answers now, will, or did."""

    title = "time"
    parameter_name = "time"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("now", "Answers now"), ("scheduled", "Scheduled"), ("expired", "Expired")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        now = timezone.now()
        expired, scheduled = Q(valid_until__lte=now), Q(valid_from__gt=now)
        if self.value() == "now":
            begun, lasting = Q(valid_from=None) | Q(valid_from__lte=now), Q(valid_until=None) | Q(valid_until__gt=now)
            return queryset.filter(begun & lasting)
        if self.value() == "scheduled":
            return queryset.filter(scheduled)
        return queryset.filter(expired) if self.value() == "expired" else queryset
