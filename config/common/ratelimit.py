"""Token buckets in Redis, atomic (Lua), one per policy and key.

When Redis is away a policy fails open or closed, as stated where it is defined.
"""

from dataclasses import dataclass

from config.common import events, redis
from config.common.errors import RateLimited, Unavailable
from config.common.rates import Rate

# KEYS[1] bucket; ARGV: capacity, refill per second. Answers the seconds to wait, as text; 0 = admitted.
_TAKE = """
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1e6
local capacity, refill = tonumber(ARGV[1]), tonumber(ARGV[2])
local state = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens = tonumber(state[1]) or capacity
tokens = math.min(capacity, tokens + math.max(0, now - (tonumber(state[2]) or now)) * refill)
local wait = 0
if tokens >= 1 then tokens = tokens - 1 else wait = (1 - tokens) / refill end
redis.call('HSET', KEYS[1], 'tokens', tostring(tokens), 'at', tostring(now))
redis.call('PEXPIRE', KEYS[1], math.ceil(capacity / refill * 1000) + 1000)
return tostring(wait)
"""


@dataclass(frozen=True)
class Policy:
    """A named limit. `fail_open`: admit when Redis is away (True) or refuse with 503 (False)."""

    name: str
    rate: Rate
    fail_open: bool

    def check(self, key: str) -> None:
        """Take one token of `key`; RateLimited when there is none, Unavailable when failing closed."""
        rate = self.rate
        try:
            wait = redis.client().eval(_TAKE, 1, f"rl:{self.name}:{key}", rate.count, rate.count / rate.seconds)
        except redis.Error as error:
            events.emit(events.Event.RATE_LIMIT_UNAVAILABLE, "warning", policy=self.name)
            if self.fail_open:
                return
            raise Unavailable() from error
        if float(wait) > 0:
            raise RateLimited(float(wait))
