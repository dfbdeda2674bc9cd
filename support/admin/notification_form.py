"""The form in which an inbox says whom it tells."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from sessions_app.admin import LinesField
from sessions_app.hours_field import WeekField
from support.models import NotificationPlan
from support.notifications import recipients
from support.notifications.limits import LONGEST_PAUSE_MINUTES, LONGEST_WAIT_SECONDS, MAX_ADDRESSES


class NotificationForm(forms.ModelForm):  # type: ignore[type-arg]
    """A plan, each field checked so that a mistake is found here and not when a customer waits."""

    addresses = LinesField(
        label="These addresses",
        item_length=254,
        separators=",",
        help_text=f"One on each line, at most {MAX_ADDRESSES}; such as a mailing list, or the address of a chat channel.",
    )
    after_seconds = forms.IntegerField(
        label="After so many seconds",
        min_value=0,
        max_value=LONGEST_WAIT_SECONDS,
        help_text="How long a customer waits for a person before anybody is told: "
        f"0 (at once) to {LONGEST_WAIT_SECONDS:,}.",
    )
    pause_minutes = forms.IntegerField(
        label="Minutes between e-mails",
        min_value=1,
        max_value=LONGEST_PAUSE_MINUTES,
        help_text="Whoever begins to wait in between is in the next e-mail, together with others: "
        f"1 to {LONGEST_PAUSE_MINUTES:,}.",
    )

    quiet_hours = WeekField(
        label="Quiet hours",
        help_text="When nobody is told, in the inbox’s time zone and in 24-hour time: 22:00–6:00 ends the next morning. For "
        "the whole day write: all day. Who still waits when they end is told of then.",
    )

    class Meta:
        model = NotificationPlan
        fields = ["enabled", "all_agents", "quotes"]
        labels = {"enabled": "Send e-mails", "quotes": "Quote the customer"}
        help_texts = {
            "enabled": "When a customer waits for a person and nobody has the queue or that conversation open.",
            "quotes": "The customer’s last message goes into the e-mail, to everybody who is told. It may be personal data; "
            "without it the e-mail has only a link.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "all_agents" in self.fields:
            known = len(recipients.agents(self.instance.inbox_id))
            self.fields[
                "all_agents"
            ].help_text = (
                f"{known} of them {'has' if known == 1 else 'have'} one now. The address is in their user account."
            )

    def clean_addresses(self) -> list[str]:
        """Each an address, each once."""
        addresses: list[str] = list(dict.fromkeys(self.cleaned_data["addresses"]))
        for address in addresses:
            try:
                validate_email(address)
            except ValidationError:
                raise ValidationError(f"“{address}” is not an e-mail address.") from None
        if len(addresses) > MAX_ADDRESSES:
            raise ValidationError(f"These are {len(addresses)} addresses; the limit is {MAX_ADDRESSES}.")
        return addresses

    def clean(self) -> dict[str, Any] | None:
        """Switched on, there is somebody to tell."""
        cleaned = super().clean() or {}
        named = cleaned.get("addresses") or "addresses" in self.errors
        if cleaned.get("enabled") and not named:
            if not cleaned.get("all_agents"):
                self.add_error("addresses", "Say whom to tell: support agents, or at least one address.")
            elif not recipients.agents(self.instance.inbox_id):
                self.add_error(
                    "addresses", "No support agent has an e-mail address yet. Give one here, or in their user accounts."
                )
        return cleaned
