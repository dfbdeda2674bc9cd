"""Token buckets in Redis, atomic (Lua), one per policy and key.

When Redis is away a policy fails open or closed, as stated where it is defined.
"""

from dataclasses import dataclass

from config.common import events, redis
from config.common.errors import RateLimited, Unavailable
from config.common.rates import Rate

# KEYS[1] bucket; ARGV: capacity, refill per second, tokens to take, the tokens that must be there (the wait for them,
# in seconds, is the answer; 0 = taken). What is taken beyond what is there is a debt, of one capacity at most.
_TAKE = """
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1e6
local capacity, refill = tonumber(ARGV[1]), tonumber(ARGV[2])
local cost, needed = tonumber(ARGV[3]), tonumber(ARGV[4])
local state = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens = tonumber(state[1]) or capacity
tokens = math.min(capacity, tokens + math.max(0, now - (tonumber(state[2]) or now)) * refill)
local wait = 0
if tokens >= needed then
  tokens = math.max(-capacity, math.min(capacity, tokens - cost))
else
  wait = (needed - tokens) / refill
end
redis.call('HSET', KEYS[1], 'tokens', tostring(tokens), 'at', tostring(now))
redis.call('PEXPIRE', KEYS[1], math.ceil(2 * capacity / refill * 1000) + 1000)
return tostring(wait)
"""


@dataclass(frozen=True)
class Policy:
    """A named limit. `fail_open`: admit when Redis is away (True) or refuse with 503 (False)."""

    name: str
    rate: Rate
    fail_open: bool

    def check(self, key: str, cost: int = 1) -> None:
        """Take `cost` tokens of `key`; RateLimited when they are not there, Unavailable when failing closed.

        What costs more than the bucket holds is admitted when the bucket is full.
        """
        wait = self._take(key, cost, min(cost, self.rate.count))
        if wait > 0:
            raise RateLimited(wait)

    def debit(self, key: str, cost: int) -> None:
        """Take `cost` tokens that were spent already, or give back some with a negative cost; never refuses."""
        self._take(key, cost, -self.rate.count)

    def _take(self, key: str, cost: int, needed: int) -> float:
        """The seconds to wait until `needed` tokens are there; 0 when `cost` were taken."""
        rate = self.rate
        arguments = [rate.count, rate.count / rate.seconds, cost, needed]
        try:
            return float(redis.run(_TAKE, [f"rl:{self.name}:{key}"], arguments))
        except redis.Error as error:
            events.emit(events.Event.RATE_LIMIT_UNAVAILABLE, "warning", policy=self.name)
            if self.fail_open:
                return 0.0
            raise Unavailable() from error
