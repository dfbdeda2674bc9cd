"""The passages of an article in the admin, as the AI agent finds them; one can be rewritten by hand (pinned), and let go again."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_POST

from config.common.errors import NotFound
from knowledge import pins
from knowledge.admin_pages import article_page
from knowledge.chunking import Piece
from knowledge.models import Article, Chunk, Pin

PER_PAGE = 20
MAX_CHARACTERS = 10_000


@dataclass(frozen=True)
class Passage:
    """A chunk, and the pin whose text it has."""

    chunk: Chunk
    pin: Pin | None


def passages(article: Article, chunks: Any) -> list[Passage]:
    """These chunks of the article, each with its pin."""
    pinned = {Piece(pin.heading, pin.text).content_hash: pin for pin in article.pins.select_related("author")}
    return [Passage(chunk, pinned.get(chunk.content_hash)) for chunk in chunks]


def is_uuid(text: str) -> bool:
    """Whether it can be a row's id."""
    try:
        UUID(text)
    except ValueError:
        return False
    return True


class PinForm(forms.Form):
    """What a passage says in the place of the article's own text."""

    text = forms.CharField(
        label="Text",
        strip=False,
        max_length=MAX_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 12, "class": "rw-passage-text"}),
        help_text="Markdown. The AI agent finds, reads and cites this instead of the article's own passage.",
    )

    def clean_text(self) -> str:
        """Line ends as the article's own passages have them."""
        text = str(self.cleaned_data["text"]).replace("\r\n", "\n").strip("\n")
        if not text.strip():
            raise forms.ValidationError("This field is required.")
        return text


class PassagePages(admin.ModelAdmin):  # type: ignore[type-arg]
    """The pages of an article's passages. The article's text is never changed here."""

    def passages_view(self, request: HttpRequest, article_id: UUID) -> HttpResponse:
        """The article's passages in reading order; with `?chunk=`, the page that has this one."""
        article = get_object_or_404(Article, pk=article_id)
        if not self.has_view_or_change_permission(request, article):
            raise PermissionDenied
        chunks = article.chunks.defer("embedding", "words").order_by("position")
        chunk_id = request.GET.get("chunk", "")
        sought = chunks.filter(pk=chunk_id).first() if is_uuid(chunk_id) else None
        number = chunks.filter(position__lt=sought.position).count() // PER_PAGE + 1 if sought else request.GET.get("p")
        page = Paginator(chunks, PER_PAGE).get_page(number)
        context = {"page": page, "passages": passages(article, page), "pins": article.pins.count()}
        return article_page(self, request, "passages", article, f"Passages of “{article.title}”", **context)

    def pin_view(self, request: HttpRequest, article_id: UUID, chunk_id: UUID) -> HttpResponse:
        """Rewrite a passage. What was typed is shown again when the passage went away meanwhile."""
        article = self._to_change(request, article_id)
        chunk = article.chunks.defer("embedding", "words").filter(pk=chunk_id).first()
        form = PinForm(request.POST or None, initial={"text": chunk.text if chunk else ""})
        if request.method == "POST" and form.is_valid():
            try:
                if chunk is None:
                    raise NotFound()
                made = pins.pin(chunk.pk, form.cleaned_data["text"], request.user)
            except NotFound:
                form.add_error(None, "This passage was changed meanwhile. Copy your text, and open the passages again.")
            else:
                self.log_change(request, article, f"Rewrote the passage “{made}” by hand")
                self.message_user(request, "The passage is found with its new text once it is indexed.")
                return self._to_passages(article)
        elif request.method != "POST" and chunk is None:
            self.message_user(request, "This passage was changed meanwhile.", messages.WARNING)
            return self._to_passages(article)
        passage = passages(article, [chunk])[0] if chunk else None
        return article_page(self, request, "pin", article, "Rewrite a passage", form=form, passage=passage)

    def unpin_view(self, request: HttpRequest, article_id: UUID, pin_id: int) -> HttpResponse:
        """Let the article's own text stand again."""
        article = self._to_change(request, article_id)
        pin = get_object_or_404(article.pins, pk=pin_id)
        pins.unpin(pin.pk)
        self.log_change(request, article, f"Removed the rewritten passage “{pin}”")
        self.message_user(request, "The article's own text stands again.", messages.SUCCESS)
        return self._to_passages(article)

    def _to_change(self, request: HttpRequest, article_id: UUID) -> Article:
        """The article, for somebody who may change it."""
        article = get_object_or_404(Article, pk=article_id)
        if not self.has_change_permission(request, article):
            raise PermissionDenied
        return article

    def _to_passages(self, article: Article) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:knowledge_article_passages", args=[article.pk]))

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("<uuid:article_id>/passages/", view(self.passages_view), name="knowledge_article_passages"),
            path("<uuid:article_id>/passages/<uuid:chunk_id>/", view(self.pin_view), name="knowledge_article_pin"),
            path(
                "<uuid:article_id>/pins/<int:pin_id>/remove/",
                view(require_POST(self.unpin_view)),
                name="knowledge_article_unpin",
            ),
            *super().get_urls(),
        ]
