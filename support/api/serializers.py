"""What the conversation endpoints take and give, for validation and for the OpenAPI document.

Answers are made by support.shapes; the serializers that describe them say the same thing to readers of the API.
"""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from config.common.bodies import CleanCharField, IdField, Input, NumberField, Output
from config.common.errors import InvalidText
from config.common.text import check_text, storable
from support.customer import MAX_CHARACTERS
from support.models import Conversation, Message
from support.protocol import MAX_CODE, MAX_MAILBOX, MAX_SEQ

# -- Requests -----------------------------------------------------------------------------------


class MetadataField(serializers.DictField):
    """A small JSON object."""

    def to_internal_value(self, data: Any) -> Any:
        value = super().to_internal_value(data)
        if not _storable(value):
            raise serializers.ValidationError("must not contain NUL or unpaired surrogates")
        return value


def _storable(value: Any) -> bool:
    match value:
        case str():
            return storable(value)
        case dict():
            return all(storable(str(key)) and _storable(item) for key, item in value.items())
        case list():
            return all(map(_storable, value))
    return True


class SessionStartSerializer(Input):
    """What a session is made from."""

    inbox = CleanCharField(max_length=64)
    identity = CleanCharField(max_length=8192, required=False, allow_null=True)
    previous_token = CleanCharField(max_length=4096, required=False, allow_null=True)
    locale = CleanCharField(max_length=16, required=False, allow_blank=True)
    metadata = MetadataField(required=False)


class MessageTextField(CleanCharField):
    """The text of a message, by the same rules as on the WebSocket."""

    def __init__(self) -> None:
        super().__init__(max_length=MAX_CHARACTERS, help_text=f"1 to {MAX_CHARACTERS:,} characters.")

    def run_validation(self, data: Any = serializers.empty) -> str:
        try:
            return check_text(None if data is serializers.empty else data, MAX_CHARACTERS)
        except InvalidText as error:
            raise serializers.ValidationError(error.extra["errors"][0]["message"]) from error


class SendSerializer(Input):
    """A customer's message."""

    client_id = IdField()
    text = MessageTextField()


class ReasonSerializer(Input):
    """Why, if the caller wants to say so."""

    reason = CleanCharField(max_length=2000, required=False, allow_blank=True, default="")


class ClaimSerializer(Input):
    """Who takes over."""

    human_agent = CleanCharField(max_length=150, help_text="A username.")


class ReplySerializer(Input):
    """A human agent's message. `last_seen_seq`: the newest message they had on the screen."""

    client_id = IdField()
    text = MessageTextField()
    last_seen_seq = NumberField(min_value=0, max_value=MAX_SEQ)
    human_agent = CleanCharField(max_length=150, help_text="A username.")


class RatingSerializer(Input):
    """Thumbs up or down."""

    rating = serializers.ChoiceField(choices=["up", "down"])
    reason = CleanCharField(max_length=64, required=False, allow_blank=True, default="")
    comment = CleanCharField(max_length=2000, required=False, allow_blank=True, default="")


class ConfirmSerializer(Input):
    """Only for an action with `verification`: where a code is to be sent, or the code."""

    email = CleanCharField(max_length=MAX_MAILBOX, required=False, allow_blank=True, default="")
    code = CleanCharField(max_length=MAX_CODE, required=False, allow_blank=True, default="")


# -- Responses ----------------------------------------------------------------------------------


class PersonOutput(Output):
    name = serializers.CharField()
    avatar_url = serializers.URLField(allow_null=True)


@extend_schema_field({"type": "string", "examples": ["carla@example.com"]})
class ProvenAddressField(serializers.CharField):
    """With an example for the OpenAPI document."""


class CustomerOutput(Output):
    id = serializers.UUIDField()
    name = serializers.CharField(allow_blank=True)
    email = serializers.CharField(allow_blank=True)
    verified_email = ProvenAddressField(allow_blank=True, help_text="The address that they have proven; empty: none.")
    identified = serializers.BooleanField()


class VerificationOutput(Output):
    """The proof of an e-mail address that an action waits for."""

    address = serializers.CharField(allow_blank=True, help_text="Where the code goes, masked; empty: to be given.")
    fixed = serializers.BooleanField(help_text="No other address will do: it is the one of the customer's account.")
    sent = serializers.BooleanField(help_text="A code is on its way, or there.")
    failed = serializers.BooleanField(help_text="The last code could not be sent.")
    resend_at = serializers.DateTimeField(allow_null=True, help_text="From when on another can be sent there.")
    expires_at = serializers.DateTimeField(allow_null=True, help_text="Until when the code works.")


class ActionOutput(Output):
    action = serializers.UUIDField()
    run = serializers.UUIDField(allow_null=True)
    tool = serializers.CharField()
    title = serializers.CharField()
    arguments = serializers.DictField()
    by = serializers.ChoiceField(choices=["customer", "human_agent"], help_text="Whose word it waits for.")
    expires_at = serializers.DateTimeField()
    verification = VerificationOutput(allow_null=True, help_text="null: it waits for no proof.")
    outcome = serializers.ChoiceField(
        choices=["confirmed", "declined", "expired", "cancelled"], allow_null=True, help_text="null while it waits."
    )


class ConversationOutput(Output):
    id = serializers.UUIDField()
    inbox = serializers.CharField()
    customer = CustomerOutput()
    locale = serializers.CharField()
    state = serializers.ChoiceField(choices=Conversation.State.choices)
    assignee = PersonOutput(allow_null=True)
    last_seq = serializers.IntegerField()
    queue_position = serializers.IntegerField(allow_null=True)
    actions = ActionOutput(many=True, help_text="What the agent asked leave for: the newest few.")
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    closed_at = serializers.DateTimeField(allow_null=True)
    missed_at = serializers.DateTimeField(
        allow_null=True,
        help_text="When a person was asked for and nobody was there; null once somebody has seen to it.",
    )


class ConversationListOutput(Output):
    count = serializers.IntegerField()
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = ConversationOutput(many=True)


class CitationOutput(Output):
    index = serializers.IntegerField()
    article_id = serializers.UUIDField()
    version = serializers.IntegerField()
    chunk_id = serializers.UUIDField()
    title = serializers.CharField()
    url = serializers.CharField(allow_blank=True)
    heading = serializers.CharField(allow_blank=True)
    quote = serializers.CharField()


class MessageOutput(Output):
    id = serializers.UUIDField()
    seq = serializers.IntegerField()
    role = serializers.ChoiceField(choices=Message.Role.choices)
    author = PersonOutput(allow_null=True)
    text = serializers.CharField()
    citations = CitationOutput(many=True)
    run = serializers.UUIDField(allow_null=True)
    client_id = serializers.UUIDField(allow_null=True)
    created_at = serializers.DateTimeField()
    rating = serializers.ChoiceField(choices=["up", "down"], allow_null=True)
    engine = serializers.ChoiceField(choices=["llm", "extractive", "curated"], allow_null=True)
    notice = serializers.CharField(allow_null=True)


class SessionOutput(Output):
    id = serializers.UUIDField()
    token = serializers.CharField()
    expires_at = serializers.DateTimeField()
    conversation_id = serializers.UUIDField()
    customer = CustomerOutput()


class MessageListOutput(Output):
    results = MessageOutput(many=True)
    last_seq = serializers.IntegerField()


class SentOutput(Output):
    message = MessageOutput()
    replies = MessageOutput(many=True, required=False, help_text="Only with `?wait=`.")


class SingleMessageOutput(Output):
    message = MessageOutput()
