"""What a webhook may be, and how it is delivered."""

MAX_WEBHOOKS = 20  # the worker has a thread for each (config.devservices.programs)
MAX_URL = 2_000
MAX_DESCRIPTION = 200
# What is kept of a response, in bytes.
MAX_RESPONSE = 4_096
# The attempts that a delivery's log keeps, the newest; replays add to them.
MAX_LOGGED = 30
# For so long the old secret signs as well, after a new one was made.
ROTATION_HOURS = 24
