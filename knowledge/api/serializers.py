"""What the knowledge endpoints take and give."""

from rest_framework import serializers

from config.common.bodies import CleanCharField, Input, Output
from knowledge.ingestion import MAX_BODY_CHARACTERS
from knowledge.limits import MAX_EXTERNAL_ID, MAX_TAG, MAX_TAGS, MAX_TITLE, MAX_URL, external_id_problem, url_problem
from knowledge.models import Article


class ArticleInput(Input):
    """An article, or the fields of it that change. A new one is a draft for everyone, unless it says otherwise."""

    title = CleanCharField(max_length=MAX_TITLE)
    body = CleanCharField(
        max_length=MAX_BODY_CHARACTERS, allow_blank=True, trim_whitespace=False, help_text="Markdown."
    )
    url = CleanCharField(
        max_length=MAX_URL, required=False, allow_blank=True, help_text="Where customers can read it; http or https."
    )
    status = serializers.ChoiceField(choices=Article.Status.choices, required=False)
    audience = serializers.ChoiceField(choices=Article.Audience.choices, required=False)
    tags = serializers.ListField(
        child=CleanCharField(max_length=MAX_TAG),
        max_length=MAX_TAGS,
        required=False,
        help_text="Untagged articles serve every inbox; a tagged one only inboxes that share a tag.",
    )
    valid_from = serializers.DateTimeField(
        required=False, allow_null=True, help_text="Answers from then on; null: no beginning."
    )
    valid_until = serializers.DateTimeField(
        required=False, allow_null=True, help_text="Answers until then; null: no end."
    )
    external_id = CleanCharField(
        max_length=MAX_EXTERNAL_ID,
        required=False,
        allow_null=True,
        allow_blank=True,
        trim_whitespace=False,
        help_text="Your own id of the article; unique. Null or empty: none.",
    )

    def validate_url(self, value: str) -> str:
        """An address that a browser may be sent to."""
        if problem := url_problem(value):
            raise serializers.ValidationError(problem)
        return value

    def validate_tags(self, value: list[str]) -> list[str]:
        """Each tag once, in the order given."""
        return list(dict.fromkeys(value))

    def validate_external_id(self, value: str | None) -> str:
        """An id that its own URL can name; empty for none."""
        if value and (problem := external_id_problem(value)):
            raise serializers.ValidationError(problem)
        return value or ""


class ArticleOutput(Output):
    id = serializers.UUIDField()
    title = serializers.CharField()
    body = serializers.CharField(allow_blank=True, help_text="Markdown of the current version.")
    url = serializers.CharField(allow_blank=True)
    status = serializers.ChoiceField(choices=Article.Status.choices)
    audience = serializers.ChoiceField(choices=Article.Audience.choices)
    tags = serializers.ListField(child=serializers.CharField())
    external_id = serializers.CharField(allow_null=True)
    valid_from = serializers.DateTimeField(allow_null=True)
    valid_until = serializers.DateTimeField(allow_null=True)
    version = serializers.IntegerField()
    index_state = serializers.ChoiceField(choices=Article.IndexState.choices)
    index_error = serializers.CharField(required=False, help_text="Only when `index_state` is `failed`.")
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class ArticleListOutput(Output):
    count = serializers.IntegerField()
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = ArticleOutput(many=True)


class PassageOutput(Output):
    article_id = serializers.UUIDField()
    version = serializers.IntegerField()
    chunk_id = serializers.UUIDField()
    title = serializers.CharField()
    url = serializers.CharField(allow_blank=True)
    heading = serializers.CharField(allow_blank=True)
    text = serializers.CharField()
    score = serializers.FloatField(help_text="Orders the results of one search; no more.")


class SearchOutput(Output):
    results = PassageOutput(many=True)
    took_ms = serializers.FloatField()
