"""What a code is, and how many of them are sent. When Redis, which counts, is away none are."""

import hashlib
from uuid import UUID

from django.conf import settings

from config.common import address
from config.common.crypto import derive_key
from config.common.errors import RateLimited, Unavailable
from config.common.ratelimit import Policy
from config.common.rates import Rate

DIGITS = 6
CODE_SECONDS = 600
MAX_TRIES = 5
# To the same address; another one may be tried at once, as people mistype theirs.
RESEND_SECONDS = 60
# How often the mail server is tried, and how long after each attempt: all of it while somebody looks at the card.
RETRY_SECONDS = (3, 15)

# Ten codes of five tries each: who guesses has one chance in 20,000, and after that one in 20,000 a day.
MAILBOX = Policy("codes.mailbox", Rate(10, 86_400), fail_open=False)
CONVERSATION = Policy("codes.conversation", Rate(5, 3_600), fail_open=False)
CLIENT = Policy("codes.client", settings.RATE_LIMIT_CODES, fail_open=False)

_TOO_MANY = "Too many codes were asked for. Please try again later, or ask for a person."
_AWAY = "No code can be sent at the moment. Please try again in a minute."


def count(client: str, conversation: UUID, mailbox: str) -> None:
    """Count a code that is to be sent; RateLimited beyond a limit, Unavailable while nobody can count."""
    # Redis keeps no address of anybody.
    known_as = hashlib.blake2b(mailbox.encode(), key=derive_key("code-limits"), digest_size=16).hexdigest()
    try:
        CLIENT.check(address.limit_key(client))
        CONVERSATION.check(conversation.hex)
        MAILBOX.check(known_as)
    except RateLimited as error:
        raise RateLimited(error.extra["retry_after"], _TOO_MANY) from None
    except Unavailable as error:
        raise Unavailable(_AWAY) from error
