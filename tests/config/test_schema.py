"""The OpenAPI document is valid, and describes everything without a warning."""

from io import StringIO

from django.core.management import call_command
from drf_spectacular.generators import SchemaGenerator


def test_the_schema_is_valid_and_without_warnings():
    """Red when two sets of choices share a name, or an operation does not say what it answers."""
    out = StringIO()
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=out)
    assert "openapi: 3.1.0" in out.getvalue()


def test_types_name_each_kind_once():
    """Red when CleanCharFieldSchema leaves the null that it was told of to be added once more."""
    schema = SchemaGenerator().get_schema(request=None, public=True)
    identity = schema["components"]["schemas"]["SessionStartRequest"]["properties"]["identity"]
    assert identity["type"] == ["string", "null"]


def test_each_operation_names_who_may_call_it():
    """Red when either scheme does not ask the view's permission."""
    paths = SchemaGenerator().get_schema(request=None, public=True)["paths"]
    read = paths["/api/v1/conversations/{conversation_id}"]["get"]["security"]
    write = paths["/api/v1/conversations/{conversation_id}/claim"]["post"]["security"]
    own = paths["/api/v1/messages/{message_id}/rating"]["post"]["security"]
    assert read == [{"sessionToken": []}, {"apiKey": ["conversations:read"]}]
    assert (write, own) == ([{"apiKey": ["conversations:write"]}], [{"sessionToken": []}])
