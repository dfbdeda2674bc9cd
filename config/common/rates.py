"""A rate as people write it: `20/m`."""

import re
from dataclasses import dataclass

_PERIODS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


@dataclass(frozen=True)
class Rate:
    """`count` events per `seconds`; also the size of the bucket that allows a burst."""

    count: int
    seconds: int

    @classmethod
    def parse(cls, text: str) -> "Rate":
        """Read `20/m`, `300/h` …; ValueError with the accepted form otherwise."""
        match = re.fullmatch(r"\s*(\d+)\s*/\s*([smhd])\s*", text)
        if not match or int(match[1]) < 1:
            raise ValueError(f"{text!r} is not a rate; write a count and a period, such as 20/m (s, m, h or d).")
        return cls(int(match[1]), _PERIODS[match[2]])
