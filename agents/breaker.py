"""A circuit breaker for each model provider, shared by all processes through Redis (Nygard, Release It!, 2007).

Closed, calls go through. After MODEL_BREAKER_FAILURES failures without a success between them it opens: nobody waits
for a provider that is down. When it has cooled down one call at a time is let through; a success closes it, a failure
opens it for twice as long. A provider that names a time itself (Retry-After) is left alone until then.
"""

import asyncio
import hashlib
import math
import time
from typing import Any

from django.conf import settings

from agents.chunks import ModelError
from agents.providers import Provider
from config.common import clock, events, redis

# Failures further apart than this are not counted together.
WINDOW_SECONDS = 60
COOL_SECONDS, MAX_COOL_SECONDS = 10, 300
# Who was let through to try has this long to report.
PROBE_SECONDS = 30
# A process that found nothing wrong does not look again for so long.
LOOK_SECONDS = 1.0

_NOW = """
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1e6
"""
# KEYS: record, probe; ARGV: seconds of a probe. 2: nothing is wrong; 1: go on; 0: stay away.
_ADMITS = f"""{_NOW}
local opened_until = redis.call('HGET', KEYS[1], 'until')
if not opened_until then
  return redis.call('EXISTS', KEYS[1]) == 1 and 1 or 2
end
if now < tonumber(opened_until) then return 0 end
return redis.call('SET', KEYS[2], 1, 'NX', 'EX', ARGV[1]) and 1 or 0
"""
# KEYS: record, probe; ARGV: failures that open, window, cool-down, longest cool-down, cool-down asked for (0: none).
# The seconds it is open for, 0 while it stays closed.
_FAILED = f"""{_NOW}
local failures = redis.call('HINCRBY', KEYS[1], 'failures', 1)
local cool = tonumber(ARGV[5])
redis.call('DEL', KEYS[2])
if cool == 0 and (failures >= tonumber(ARGV[1]) or redis.call('HEXISTS', KEYS[1], 'until') == 1) then
  local openings = redis.call('HINCRBY', KEYS[1], 'openings', 1)
  cool = math.min(tonumber(ARGV[3]) * 2 ^ (openings - 1), tonumber(ARGV[4]))
end
if cool > 0 then redis.call('HSET', KEYS[1], 'until', tostring(now + cool)) end
redis.call('EXPIRE', KEYS[1], math.ceil(tonumber(ARGV[2]) + cool))
return math.ceil(cool)
"""


class Breaker:
    """What this process knows of one provider's breaker. Without Redis it is closed."""

    def __init__(self, provider: Provider) -> None:
        name = hashlib.sha256(f"{provider.base_url}\n{provider.model}".encode()).hexdigest()[:16]
        self._keys = [f"breaker:{{{name}}}", f"breaker:{{{name}}}:probe"]
        self._model = provider.model
        self._clean_until = 0.0

    async def admits(self) -> bool:
        """Whether to ask the provider."""
        if not settings.MODEL_BREAKER_FAILURES or time.monotonic() < self._clean_until:
            return True
        found = await self._run(_ADMITS, PROBE_SECONDS)
        if found in {None, 2}:
            self._clean_until = time.monotonic() + LOOK_SECONDS
        return found != 0

    async def failed(self, error: ModelError) -> None:
        """The provider has failed. What is wrong with the request itself does not count."""
        if not settings.MODEL_BREAKER_FAILURES or error.blames_request:
            return
        self._clean_until = 0.0
        asked = error.retry_after or 0.0
        cool = min(asked, MAX_COOL_SECONDS) if math.isfinite(asked) else MAX_COOL_SECONDS
        arguments = [settings.MODEL_BREAKER_FAILURES, WINDOW_SECONDS, COOL_SECONDS, MAX_COOL_SECONDS, cool]
        if seconds := await self._run(_FAILED, *arguments):
            events.emit(events.Event.BREAKER_OPENED, "warning", model=self._model, seconds=seconds)

    async def succeeded(self) -> None:
        """The provider has answered: close."""
        if not settings.MODEL_BREAKER_FAILURES or time.monotonic() < self._clean_until:
            return
        try:
            was_open = await asyncio.to_thread(redis.client().delete, *self._keys)
        except redis.Error:
            return
        if was_open:
            events.emit(events.Event.BREAKER_CLOSED, model=self._model)
        self._clean_until = time.monotonic() + LOOK_SECONDS

    def is_open(self) -> bool:
        """Whether the provider is left alone now. Blocks; raises redis.Error."""
        until: Any = redis.client().hget(self._keys[0], "until")
        return until is not None and clock.timestamp() < float(until)

    async def _run(self, script: str, *arguments: float) -> int | None:
        try:
            return int(await asyncio.to_thread(redis.run, script, self._keys, list(arguments)))
        except redis.Error:
            return None


_breakers: dict[Provider, Breaker] = {}


def of(provider: Provider) -> Breaker:
    """The process's breaker for a provider."""
    return _breakers.setdefault(provider, Breaker(provider))
