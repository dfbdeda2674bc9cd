"""What models cost, as people write it: `gpt-4o-mini=0.15/0.60`, for a million tokens read and written."""

import re
from dataclasses import dataclass
from decimal import Decimal

_MILLION = Decimal(1_000_000)


@dataclass(frozen=True)
class Price:
    """For a million tokens: `read` those the model reads, `written` those it writes; in any one currency."""

    read: Decimal
    written: Decimal

    def of(self, read: int, written: int) -> Decimal:
        """What so many tokens cost, in millionths."""
        return ((self.read * read + self.written * written) / _MILLION).quantize(Decimal("0.000001"))


def parse_prices(entries: list[str]) -> dict[str, Price]:
    """Prices by model; ValueError with the accepted form for what is none."""
    prices = {}
    for entry in filter(None, map(str.strip, entries)):
        match = re.fullmatch(r"(\S+)\s*=\s*(\d{1,6}(?:\.\d{1,6})?)\s*/\s*(\d{1,6}(?:\.\d{1,6})?)", entry)
        if match is None:
            raise ValueError(f"{entry!r} is not a price; write model=read/written, such as gpt-4o-mini=0.15/0.60")
        prices[match[1]] = Price(Decimal(match[2]), Decimal(match[3]))
    return prices
