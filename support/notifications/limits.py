"""What an inbox may ask for, and how an e-mail is sent."""

from datetime import timedelta

MAX_ADDRESSES = 20
MAX_RECIPIENTS = 100
LONGEST_WAIT_SECONDS = 3_600
LONGEST_PAUSE_MINUTES = 1_440
# What an e-mail names; the rest is a number.
MAX_LISTED = 20
MAX_QUOTED = 300
# 30 s, 1, 2, 4, 8 minutes, then every 10: together a little over 4 hours.
FIRST_RETRY_SECONDS = 30
LONGEST_RETRY_SECONDS = 600
MAX_ATTEMPTS = 30
# No further address is begun in an attempt that takes longer; the rest is told in the next one.
SENDING_SECONDS = 60
# What is kept of a mail server's answer.
MAX_WORDS = 500
KEPT_DAYS = 30


def retry_after(attempt: int) -> timedelta:
    """How long to wait after this attempt, counted from 1."""
    return timedelta(seconds=min(FIRST_RETRY_SECONDS * 2 ** (attempt - 1), LONGEST_RETRY_SECONDS))
