"""How many tokens a text is, when the provider does not say."""

import json
from typing import Any

# The providers' rule of thumb for English. Of other scripts each character is two to four bytes, and about a token.
BYTES_PER_TOKEN = 4


def estimated(*parts: Any) -> int:
    """About how many tokens these JSON values are together; None is nothing."""
    size = sum(len(json.dumps(part, ensure_ascii=False).encode()) for part in parts if part)
    return -(-size // BYTES_PER_TOKEN)
