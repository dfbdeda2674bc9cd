"""E-mail addresses that people prove to be theirs: one spelling of each, and what may be shown of one."""

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

# RFC 5321 4.5.3.1.3, without the angle brackets.
MAX_CHARACTERS = 254


def normalised(text: str) -> str:
    """The address in small letters. ValueError, with what is wrong with it, for what is none.

    Only ASCII, no quoted names, no `[127.0.0.1]`: letters that look alike, or become alike where somebody folds them, are
    how an address is taken for another's.
    """
    address = text.strip()
    if len(address) > MAX_CHARACTERS:
        raise ValueError(f"has {len(address):,} characters; the limit is {MAX_CHARACTERS}")
    if not address.isascii() or set(address) & set('"[]'):
        raise ValueError("must be written in plain letters, such as name@example.com")
    try:
        validate_email(address)
    except ValidationError:
        raise ValueError("is not an e-mail address") from None
    return address.lower()


def masked(address: str) -> str:
    """What whoever knows the address recognises, and who does not learns little from: `c•••@example.com`."""
    name, _, domain = address.rpartition("@")
    return f"{name[:1] if len(name) > 1 else ''}•••@{domain}" if address else ""
