"""When a delivery is tried again, and when it is given up."""

import random
from datetime import timedelta

# 15 s, 45 s, 2, 7, 20 minutes, 1 and 3 hours, then every 4 hours: together a little over 24 hours.
FIRST_SECONDS = 15
FACTOR = 3
LONGEST_SECONDS = 4 * 3600
MAX_ATTEMPTS = 13
# So that what failed together does not come back together.
JITTER = 0.2
# A webhook that has delivered nothing for so long is switched off when a delivery is given up.
DISABLE_AFTER = timedelta(days=3)


def wait(attempt: int) -> timedelta:
    """How long to wait after this attempt, counted from 1."""
    seconds = min(FIRST_SECONDS * FACTOR ** (attempt - 1), LONGEST_SECONDS)
    return timedelta(seconds=seconds * random.uniform(1 - JITTER, 1 + JITTER))
