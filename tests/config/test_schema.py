"""The OpenAPI document is valid, and describes everything without a warning."""

from io import StringIO

from django.core.management import call_command


def test_the_schema_is_valid_and_without_warnings():
    """Red when two sets of choices share a name, or an operation does not say what it answers."""
    out = StringIO()
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=out)
    assert "openapi: 3.1.0" in out.getvalue()
