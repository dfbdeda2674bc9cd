"""JSON bodies: objects only, in UTF-8, with numbers that are numbers."""

import io

import pytest
from rest_framework.exceptions import ParseError

from config.common.api import StrictJSONParser


def parse(body: bytes) -> object:
    return StrictJSONParser().parse(io.BytesIO(body))


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b"{}", {}),
        (b' {"a": [1, 2.5, null, true, "\xc3\xa9"]} ', {"a": [1, 2.5, None, True, "é"]}),
        (b'{"a": "NaN"}', {"a": "NaN"}),
        (b'{"a": 1e3, "b": -0.5}', {"a": 1000.0, "b": -0.5}),
    ],
)
def test_objects(body, value):
    assert parse(body) == value


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"x"',
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": -Infinity}',
        b'{"a": 1e999}',
        b'{"a": -1e999}',
        b'{"a": 1,}',
        b"{'a': 1}",
        b'{"a": "\xff"}',
        '{"a": 1}'.encode("utf-16"),
        b"\xef\xbb\xbf{}",
        b'{"a":' * 50_000,
        b'{"a": ' + b"9" * 5_000 + b"}",
    ],
    ids=lambda body: repr(body[:20]),
)
def test_anything_else_is_refused(body):
    """Red when parse_constant or the check for a dict is left out."""
    with pytest.raises(ParseError):
        parse(body)
