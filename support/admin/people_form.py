"""The form of a member of staff: Django's own, and in which inboxes they work."""

from typing import Any

from django import forms
from django.contrib.auth.forms import UserChangeForm

from sessions_app.models import Inbox
from support.workplaces.models import Workplace

NONE_CHOSEN = (
    "None chosen: every inbox, also those that are made later. Otherwise they see and answer the conversations and customers of "
    "the chosen ones alone, and settings that concern every inbox are closed to them. What they hold elsewhere goes back to the "
    "queue. Administrators (superusers) work in every inbox, whatever is chosen."
)
STRANDED = "Their last inbox was deleted, so they work in none. Choose others, or tick “Every inbox again”."


class PersonForm(UserChangeForm):  # type: ignore[type-arg]
    """`every_inbox` is asked of somebody whose last inbox was deleted: choosing none must not open every one to them."""

    inboxes = forms.ModelMultipleChoiceField(
        queryset=Inbox.objects.all(),
        required=False,
        label="Only these inboxes",
        widget=forms.CheckboxSelectMultiple,
        help_text=NONE_CHOSEN,
    )
    every_inbox = forms.BooleanField(label="Every inbox again", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        workplace = Workplace.objects.filter(user=self.instance.pk).first()
        self._chosen = list(workplace.inboxes.all()) if workplace else []
        self._is_stranded = workplace is not None and not self._chosen
        self.initial["inboxes"] = self._chosen
        if self._is_stranded:
            self.fields["inboxes"].help_text = STRANDED
        else:
            self.fields.pop("every_inbox", None)

    def wish(self) -> list[Inbox] | None:
        """The inboxes that the form limits them to; None: it does not."""
        inboxes = list(self.cleaned_data["inboxes"])
        stays = self._is_stranded and not self.cleaned_data["every_inbox"]
        return inboxes if inboxes or stays else None
