"""Names for what is another one each time: the same id has the same name wherever it stands, and times are left out."""

import re
from typing import Any

_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
_EMPTY: tuple[Any, ...] = (None, "", [], {})


class Names:
    """Gives `run 1`, `run 2` and so on, by what an id is of and in the order in which they turn up."""

    def __init__(self, known: dict[str, str]) -> None:
        self._known = dict(known)
        self._counts: dict[str, int] = {}

    def of(self, kind: str, id_: str) -> str:
        """The name of an id."""
        if id_ not in self._known:
            self._counts[kind] = self._counts.get(kind, 0) + 1
            self._known[id_] = f"{kind} {self._counts[kind]}"
        return self._known[id_]

    def stable(self, value: Any, kind: str = "") -> Any:
        """A JSON value with names for its ids; `kind`: what it is. What is empty, and times, is left out of objects."""
        match value:
            case str():
                return self.of(kind, value) if _ID.fullmatch(value) or value in self._known else value
            case dict():
                found = {
                    name: self.stable(each, _kind(name, kind)) for name, each in value.items() if not _is_time(each)
                }
                return {name: each for name, each in found.items() if each not in _EMPTY}
            case list():
                return [self.stable(each, kind.removesuffix("s")) for each in value]
        return value


def _kind(name: str, kind: str) -> str:
    return kind if name == "id" else name.removesuffix("_id")


def _is_time(value: Any) -> bool:
    return isinstance(value, str) and _TIME.match(value) is not None
