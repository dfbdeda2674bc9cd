"""How log lines are written: an exception with where it happened, and without its message."""

import sys
import traceback
from typing import Any

Fields = dict[str, Any]


def exception_without_message(logger: Any, method: str, fields: Fields) -> Fields:
    """Turn `exc_info` into `exception`: places in the code and classes. A message may quote what a customer wrote."""
    error = error_of(fields.pop("exc_info", None))
    if error is not None:
        fields["exception"] = "".join(_told(error)).rstrip()
    return fields


def error_of(info: object) -> BaseException | None:
    """The exception that `exc_info` means, in any of its forms."""
    info = sys.exc_info() if info is True else info
    error = info[1] if isinstance(info, tuple) else info
    return error if isinstance(error, BaseException) else None


def _told(error: BaseException) -> list[str]:
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    kind = type(error)
    lines = [*_told(before), "\n"] if before is not None else []
    lines += [*traceback.format_tb(error.__traceback__), f"{kind.__module__}.{kind.__qualname__}\n"]
    if isinstance(error, BaseExceptionGroup):
        lines += [line for inner in error.exceptions for line in _told(inner)]
    return lines


def first_line_only(logger: Any, method: str, fields: Fields) -> Fields:
    """Of asyncio's records, which go on with the repr of what a task raised."""
    if fields.get("logger") == "asyncio":
        fields["event"] = str(fields["event"]).partition("\n")[0]
    return fields
