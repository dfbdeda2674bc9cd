"""A field of a body takes what its type says in the OpenAPI document, and nothing that only looks like it."""

import uuid
from typing import Any

import pytest
from rest_framework.exceptions import ValidationError

from config.common.bodies import IdField, NumberField, SwitchField

AN_ID = uuid.uuid4()
FIELDS: dict[str, tuple[Any, dict, list]] = {
    "id": (IdField(), {str(AN_ID): AN_ID}, [False, 7, None, [], "x", ""]),
    "number": (NumberField(min_value=0, max_value=9), {0: 0, 9: 9, 3.0: 3}, ["3", True, 3.5, -1, 10, 1e300, None, []]),
    "switch": (SwitchField(), {True: True, False: False}, ["true", "", 1, 0, None, []]),
}


@pytest.mark.parametrize("name", FIELDS)
def test_what_it_takes_and_what_not(name):
    """Red when one of them leaves it to its base class."""
    field, taken, refused = FIELDS[name]
    assert {value: field.run_validation(value) for value in taken} == taken
    for value in refused:
        with pytest.raises(ValidationError):
            field.run_validation(value)
