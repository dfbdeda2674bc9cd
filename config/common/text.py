"""Text from outside: what PostgreSQL and JSON cannot carry is refused, lengths are counted in code points."""

from config.common.errors import InvalidText


def storable(text: str) -> bool:
    """Whether `text` is free of NUL and lone surrogates."""
    return "\x00" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def check_text(text: object, maximum: int, name: str = "text") -> str:
    """Return `text` unchanged if it has 1 to `maximum` code points and can be stored; raise InvalidText otherwise."""
    if not isinstance(text, str):
        raise InvalidText(f"{name} must be a string.", [{"field": name, "message": "must be a string"}])
    if not text.strip():
        message = "must not be empty"
    elif len(text) > maximum:
        message = f"has {len(text):,} characters; the limit is {maximum:,}"
    elif not storable(text):
        message = "must not contain NUL or unpaired surrogates"
    else:
        return text
    raise InvalidText(f"{name} {message}.", [{"field": name, "message": message}])
