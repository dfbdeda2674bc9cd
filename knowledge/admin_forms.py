"""The form in which an article is written."""

from typing import Any

from django import forms
from django.urls import reverse

from config.common.text import storable
from knowledge import ingestion
from knowledge.ingestion import Draft
from knowledge.models import Article


def moment(label: str, help_text: str) -> forms.DateTimeField:
    """A time in UTC, in the browser's own field for it."""
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M:%S")
    return forms.DateTimeField(label=label, help_text=help_text, required=False, widget=widget)


class ArticleForm(forms.ModelForm):  # type: ignore[type-arg]
    """An article with the text of its current version."""

    body = forms.CharField(
        label="Text",
        strip=False,
        max_length=ingestion.MAX_BODY_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 28, "class": "rw-body", "data-testid": "article-body"}),
        help_text="Markdown. Each heading begins a passage that can be found and cited on its own.",
    )
    valid_from = moment("Answers from", "UTC. Not found before this time. Empty: at once.")
    valid_until = moment("Answers until", "UTC. Not found from this time on. Empty: for good.")
    seen_version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = Article
        fields = ["title", "url", "status", "audience", "tags", "valid_from", "valid_until"]
        labels = {"url": "Address"}
        help_texts = {
            "url": "Where customers can read it. Citations link to it.",
            "status": "Only published articles are found.",
            "tags": "Comma-separated. Without tags it serves every inbox; with tags only inboxes that share one.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        current = self.instance.versions.first() if self.instance.version else None
        self.initial.setdefault("body", current.body if current else "")
        self.initial["seen_version"] = self.instance.version
        # For static/admin_console/preview.js. Who may only look has no such field.
        if "body" in self.fields:
            self.fields["body"].widget.attrs["data-preview"] = reverse("admin:knowledge_article_preview")

    def clean_title(self) -> str:
        return checked(self.cleaned_data["title"])

    def clean_url(self) -> str:
        """Web addresses and paths on the inbox's site only: customers follow them."""
        url = str(self.cleaned_data["url"])
        if url and not url.startswith(("https://", "http://", "/")):
            raise forms.ValidationError("Write an address that begins with https:// or a path that begins with /.")
        return url

    def clean_body(self) -> str:
        """Browsers send line ends as CRLF; kept so, every save would look like a change."""
        body = checked(self.cleaned_data["body"].replace("\r\n", "\n"))
        if not body.strip():
            raise forms.ValidationError("This field is required.")
        return body

    def clean(self) -> dict[str, Any] | None:
        """Two people who edit at once: the second is told, and loses nothing."""
        seen = self.cleaned_data.get("seen_version")
        if self.instance.version and seen is not None and seen != self.instance.version:
            # What is shown again carries the version just named: saving it a second time is a decision.
            data: Any = self.data
            self.data = data.copy()
            self.data[self.add_prefix("seen_version")] = self.instance.version  # type: ignore[index]
            raise forms.ValidationError(
                f"This article was changed while you were editing: it is at version {self.instance.version} now, and "
                f"you began with version {seen}. Look at its versions, then save again to replace it with your text."
            )
        refuse_backwards(self)
        return super().clean()

    def draft(self, author: Any) -> Draft:
        """What the form asks for."""
        fields = {name: self.cleaned_data[name] for name in ("title", "body", "url", "status", "audience", "tags")}
        # The browser's field has whole seconds: a time that nobody touched stays what it is.
        times = {name: self.cleaned_data[name] for name in ("valid_from", "valid_until") if name in self.changed_data}
        return Draft(**fields, **times, author=author)


def refuse_backwards(form: Any) -> None:
    """An error when it would end before it begins."""
    begin, end = form.cleaned_data.get("valid_from"), form.cleaned_data.get("valid_until")
    if begin and end and begin >= end:
        form.add_error("valid_until", "This must be after the time from which it answers.")


def checked(text: str) -> str:
    """The text. ValidationError when it cannot be stored."""
    if not storable(text):
        raise forms.ValidationError("This text has characters that cannot be stored.")
    return text
