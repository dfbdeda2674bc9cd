"""For as long as it takes: many sockets send, any process is killed at random, nothing that was acked is lost.

SOAK_SOCKETS, SOAK_MESSAGES, SOAK_KILLS and SOAK_SEED set its size; a run with the seed that was printed kills the same
processes after as many messages.
"""

import asyncio
import os
import random
import time
from collections import Counter

import pytest

from tests.breakable import breakable
from tests.faults.conftest import until
from tests.live import Live
from tests.senders import Sender, losses, with_a_person

SOCKETS = int(os.environ.get("SOAK_SOCKETS", "500"))
MESSAGES = int(os.environ.get("SOAK_MESSAGES", "100000"))
KILLS = int(os.environ.get("SOAK_KILLS", "100"))
SEED = int(os.environ.get("SOAK_SEED", "0")) or random.SystemRandom().randrange(1, 2**32)
# One customer in so many talks to the AI, the others have asked for a person.
WITH_AI = 20
PROGRESS_SECONDS = 5.0


class Soak:
    """The installation, its customers, and the one who kills."""

    def __init__(self, live: Live, senders: list[Sender]):
        self.live, self.senders = live, senders
        self.random = random.Random(SEED)
        self.killed: Counter = Counter()
        self.total = sum(sender.left for sender in senders)
        self.started = time.monotonic()

    @property
    def acked(self) -> int:
        return self.total - sum(sender.left for sender in self.senders)

    async def kill_now_and_then(self) -> None:
        """At random moments, KILLS times; what was killed is started again at once, as a supervisor would."""
        for moment in sorted(self.random.randrange(self.total) for _ in range(KILLS)):
            name = self.random.choice(["web", "web", "worker", "valkey", "postgres"])
            while self.acked < moment:
                await asyncio.sleep(0.01)
            await asyncio.to_thread(getattr(self, f"kill_{name}"))
            self.killed[name] += 1

    def kill_web(self) -> None:
        web = self.random.choice(self.live.webs)
        web.kill()
        self.live.replace(web)

    def kill_worker(self) -> None:
        self.live.worker.kill()
        self.live.start_worker()

    def kill_valkey(self) -> None:
        self.live.engines.valkey.kill()
        self.live.engines.valkey.start()

    def kill_postgres(self) -> None:
        self.live.engines.postgres.kill()
        self.live.engines.postgres.start()

    async def report(self) -> None:
        while True:
            await asyncio.sleep(PROGRESS_SECONDS)
            seconds = time.monotonic() - self.started
            kills = ", ".join(f"{name} {count}" for name, count in sorted(self.killed.items()))
            print(f"{seconds:6.0f} s  {self.acked:,} of {self.total:,} acked  killed: {kills or 'none'}", flush=True)


async def senders_of(live: Live) -> list[Sender]:
    senders = []
    for number in range(SOCKETS):
        customer = await (asyncio.to_thread(live.customer) if number % WITH_AI == 0 else with_a_person(live))
        senders.append(Sender(customer, live.webs, MESSAGES // SOCKETS))
    return senders


def no_run_is_under_way(live: Live) -> bool:
    return not live.rows("SELECT 1 FROM support_run WHERE state = 'active'")


@pytest.mark.faults
@pytest.mark.timeout(6 * 3600)
async def test_whatever_is_killed(tmp_path, model, capsys):
    """0 lost, doubled or reordered. Red when consumers._send acks before perform()."""
    environment = {"OPENAI_BASE_URL": model.base_url, "OPENAI_API_KEY": "test"}
    with capsys.disabled(), breakable() as engines, Live(tmp_path, engines, environment, model) as live:
        print(f"\nsoak: {MESSAGES:,} messages over {SOCKETS} sockets, {KILLS} kills, SOAK_SEED={SEED}")
        await asyncio.to_thread(live.wait_indexed)
        await asyncio.to_thread(lambda: live.start_web().wait_ready())
        soak = Soak(live, await senders_of(live))
        reporting = asyncio.create_task(soak.report())
        await asyncio.gather(soak.kill_now_and_then(), *(sender.run() for sender in soak.senders))
        reporting.cancel()
        await until(lambda: no_run_is_under_way(live), 120)
        wrong = losses(live, soak.senders)
        print(f"acked {soak.acked:,}, killed {dict(soak.killed)}, wrong {dict(wrong)}")
        if not wrong:
            # The rule of three: no event in n trials bounds its probability by 3/n, at 95 %.
            print(f"at 95 %: less than {3 / soak.acked:.1e} of acked messages, less than {3 / KILLS:.1%} of kills")
        assert wrong == {}
        assert sum(soak.killed.values()) == KILLS
