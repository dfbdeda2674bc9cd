"""The form of a webhook."""

from typing import Any

from django import forms

from sessions_app.models import Inbox
from support.models import Webhook
from support.webhooks.addresses import url_problem
from support.webhooks.limits import MAX_WEBHOOKS
from support.webhooks.subscriptions import Wish
from support.webhooks.types import TYPES


class WebhookForm(forms.ModelForm):  # type: ignore[type-arg]
    """A webhook, each field checked so that a mistake is found here and not by a delivery."""

    types = forms.MultipleChoiceField(
        choices=[(name, f"{name} – {meaning}") for name, meaning in TYPES.items()],
        required=False,
        label="Events",
        widget=forms.CheckboxSelectMultiple,
        help_text="What it is told of; none chosen: everything.",
    )
    every_inbox = forms.BooleanField(
        required=False, initial=True, label="Every inbox", help_text="Also those that are made later."
    )
    inboxes = forms.ModelMultipleChoiceField(
        queryset=Inbox.objects.all(),
        required=False,
        label="Or only these inboxes",
        widget=forms.CheckboxSelectMultiple,
        help_text="It is told of their conversations, and of published articles that their customers may read.",
    )

    class Meta:
        model = Webhook
        fields = ["url", "description", "enabled"]
        labels = {"url": "Address", "enabled": "Switched on"}
        widgets = {"url": forms.TextInput(attrs={"size": 80, "inputmode": "url", "spellcheck": "false"})}
        help_texts = {
            "url": "Where events are sent, such as https://crm.example.com/hooks/replywell.",
            "description": "What it is for, such as “CRM”.",
            "enabled": "While it is off nothing is recorded for it, and what waits stays.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and not self.instance._state.adding:
            self.initial["types"] = self.instance.types
            self.initial["every_inbox"] = self.instance.every_inbox
            self.initial["inboxes"] = self.instance.inboxes.all()

    def clean_url(self) -> str:
        """An address that may be sent to, as far as can be told now."""
        url: str = self.cleaned_data["url"].strip()
        if problem := url_problem(url):
            raise forms.ValidationError(f"This address {problem}.")
        return url

    def clean(self) -> dict[str, Any]:
        """Some inbox, and not one webhook too many."""
        cleaned: dict[str, Any] = super().clean() or {}
        if not cleaned.get("every_inbox") and not cleaned.get("inboxes"):
            self.add_error("inboxes", "Choose at least one inbox, or every inbox.")
        if self.instance._state.adding and Webhook.objects.count() >= MAX_WEBHOOKS:
            raise forms.ValidationError(f"There are {MAX_WEBHOOKS} webhooks already, which is the limit.")
        return cleaned

    def wish(self) -> Wish:
        """What the form asks for."""
        cleaned = self.cleaned_data
        return Wish(
            url=cleaned["url"],
            description=cleaned["description"],
            types=cleaned["types"],
            inboxes=None if cleaned["every_inbox"] else [inbox.id for inbox in cleaned["inboxes"]],
            enabled=cleaned["enabled"],
        )
