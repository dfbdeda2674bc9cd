"""What the webhook endpoints take and give."""

from rest_framework import serializers

from config.common.bodies import CleanCharField, Input, Output, SwitchField
from sessions_app.models import Inbox
from support.webhooks.addresses import url_problem
from support.webhooks.limits import MAX_DESCRIPTION, MAX_URL
from support.webhooks.models import Webhook, WebhookDelivery
from support.webhooks.types import TYPES


class WebhookInput(Input):
    """A webhook, or the fields of it that change."""

    url = CleanCharField(help_text=f"https, up to {MAX_URL:,} characters.")
    description = CleanCharField(max_length=MAX_DESCRIPTION, required=False, allow_blank=True)
    types = serializers.ListField(
        child=serializers.ChoiceField(choices=list(TYPES)),
        required=False,
        max_length=100,
        help_text="What it is told of; empty: everything.",
    )
    inboxes = serializers.ListField(
        child=CleanCharField(max_length=64),
        required=False,
        allow_null=True,
        min_length=1,
        max_length=1000,
        help_text="Inbox keys; null: every inbox that the API key may see.",
    )
    enabled = SwitchField(required=False)

    def validate_url(self, value: str) -> str:
        """An address that may be sent to, as far as can be told now."""
        if problem := url_problem(value):
            raise serializers.ValidationError(problem)
        return value

    def validate_types(self, value: list[str]) -> list[str]:
        """Each type once."""
        return list(dict.fromkeys(value))

    def validate_inboxes(self, value: list[str] | None) -> list[Inbox] | None:
        """The inboxes of these keys."""
        if value is None:
            return None
        found = {inbox.key: inbox for inbox in Inbox.objects.filter(key__in=value)}
        for key in value:
            if key not in found:
                raise serializers.ValidationError(f"“{key}” is not an inbox's key")
        return list(found.values())


class WebhookOutput(Output):
    id = serializers.UUIDField()
    url = serializers.CharField()
    description = serializers.CharField(allow_blank=True)
    types = serializers.ListField(child=serializers.ChoiceField(choices=list(TYPES)))
    inboxes = serializers.ListField(child=serializers.CharField(), allow_null=True)
    enabled = serializers.BooleanField()
    disabled_reason = serializers.ChoiceField(choices=Webhook.Disabled.choices, allow_null=True)
    failing_since = serializers.DateTimeField(allow_null=True)
    old_secret_until = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class WebhookWithSecretOutput(WebhookOutput):
    secret = serializers.CharField(help_text="`whsec_…`; shown only in this answer.")


class WebhookListOutput(Output):
    count = serializers.IntegerField()
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = WebhookOutput(many=True)


class DeliveryOutput(Output):
    id = serializers.IntegerField()
    webhook_id = serializers.CharField(help_text="The `webhook-id` it is sent with.")
    type = serializers.CharField()
    state = serializers.ChoiceField(choices=WebhookDelivery.State.choices)
    attempts = serializers.IntegerField()
    next_attempt_at = serializers.DateTimeField(allow_null=True)
    status = serializers.IntegerField(allow_null=True, help_text="HTTP status of the last attempt.")
    error = serializers.CharField(allow_blank=True)
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)


class AttemptOutput(Output):
    at = serializers.DateTimeField()
    status = serializers.IntegerField(allow_null=True)
    took_ms = serializers.IntegerField()
    error = serializers.CharField(allow_blank=True)


class DeliveryDetailOutput(DeliveryOutput):
    body = serializers.DictField(help_text="What is sent.")
    response = serializers.CharField(allow_blank=True, help_text="The beginning of the last response's body.")
    log = AttemptOutput(many=True)


class DeliveryListOutput(Output):
    count = serializers.IntegerField()
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = DeliveryOutput(many=True)
