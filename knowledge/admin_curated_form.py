"""The form in which a curated answer is written."""

from typing import Any

from django import forms
from django.urls import reverse

from knowledge.admin_forms import checked, moment, refuse_backwards
from knowledge.curated.limits import MAX_ANSWER, MAX_PHRASING, MAX_PHRASINGS
from knowledge.curated.models import CuratedAnswer
from knowledge.curated.spelling import distinct
from knowledge.curated.writing import Draft, TooManyPhrasings, refuse_too_many


class CuratedAnswerForm(forms.ModelForm):  # type: ignore[type-arg]
    """A question, further ways to ask it, and the answer."""

    phrasings = forms.CharField(
        label="Other phrasings",
        required=False,
        widget=forms.Textarea(attrs={"rows": 8, "class": "rw-phrasings", "data-testid": "phrasings"}),
        help_text="One on each line, as customers write: short, long, in other words. Five or more make recognition reliable.",
    )
    answer = forms.CharField(
        strip=False,
        max_length=MAX_ANSWER,
        widget=forms.Textarea(attrs={"rows": 12, "class": "rw-body is-short", "data-testid": "curated-answer"}),
        help_text="Markdown. Customers get it word for word.",
    )
    valid_from = moment("Answers from", "UTC. Not given before this time. Empty: at once.")
    valid_until = moment("Answers until", "UTC. Not given from this time on. Empty: for good.")
    seen_revision = forms.IntegerField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = CuratedAnswer
        fields = ["question", "enabled", "audience", "tags", "valid_from", "valid_until"]
        help_texts = {
            "question": "As a customer would ask it.",
            "enabled": "Only enabled answers are given.",
            "tags": "Comma-separated. Without tags it serves every inbox; with tags only inboxes that share one.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and not self.instance._state.adding:
            asked = self.instance.phrasings.exclude(position=0).values_list("text", flat=True)
            self.initial.setdefault("phrasings", "\n".join(asked))
            self.initial.setdefault("answer", self.instance.answer)
            self.initial["seen_revision"] = self.instance.revision
        # For static/admin_console/preview.js. Who may only look has no such field.
        if "answer" in self.fields:
            self.fields["answer"].widget.attrs["data-preview"] = reverse("admin:knowledge_curatedanswer_preview")

    def clean_question(self) -> str:
        return " ".join(checked(self.cleaned_data["question"]).split())

    def clean_phrasings(self) -> tuple[str, ...]:
        """Each line once; the question is a phrasing by itself."""
        lines = distinct(checked(self.cleaned_data["phrasings"]).splitlines())
        if len(lines) > MAX_PHRASINGS - 1:
            raise forms.ValidationError(f"There are {len(lines)} phrasings; the limit is {MAX_PHRASINGS - 1}.")
        for line in lines:
            if len(line) > MAX_PHRASING:
                raise forms.ValidationError(
                    f"“{line[:40]}…” has {len(line):,} characters; the limit is {MAX_PHRASING}. Customers ask in short."
                )
        return tuple(lines)

    def clean_answer(self) -> str:
        """Browsers send line ends as CRLF."""
        answer = checked(self.cleaned_data["answer"].replace("\r\n", "\n")).strip()
        if not answer:
            raise forms.ValidationError("This field is required.")
        return answer

    def clean(self) -> dict[str, Any] | None:
        """Two people who edit at once: the second is told, and loses nothing."""
        seen, now = self.cleaned_data.get("seen_revision"), self.instance.revision
        if not self.instance._state.adding and seen is not None and seen != now:
            # What is shown again carries the revision just named: saving it a second time is a decision.
            data: Any = self.data
            self.data = data.copy()
            self.data[self.add_prefix("seen_revision")] = now  # type: ignore[index]
            raise forms.ValidationError(
                "This answer was changed while you were editing. Open it in another tab to see how; save again to "
                "replace it with what you wrote."
            )
        refuse_backwards(self)
        phrasings = distinct([self.cleaned_data.get("question", ""), *self.cleaned_data.get("phrasings", ())])
        try:
            refuse_too_many(len(phrasings), None if self.instance._state.adding else self.instance)
        except TooManyPhrasings as error:
            self.add_error("phrasings", str(error))
        return super().clean()

    def draft(self) -> Draft:
        """What the form asks for."""
        data = self.cleaned_data
        # The browser's field has whole seconds: a time that nobody touched stays what it is.
        times = {
            name: data[name] if name in self.changed_data else self.initial.get(name)
            for name in ("valid_from", "valid_until")
        }
        return Draft(
            question=data["question"],
            answer=data["answer"],
            phrasings=data["phrasings"],
            enabled=data["enabled"],
            audience=data["audience"],
            tags=tuple(data["tags"]),
            **times,
        )
