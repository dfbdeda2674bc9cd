"""Redis dies under a running installation: sockets go on by PostgreSQL, new sessions wait, all of it heals by itself."""

import time

import pytest

from tests.breakable import breakable
from tests.config.redis_servers import servers, wait_until
from tests.live import Live

pytestmark = pytest.mark.timeout(500)
QUESTION = "How do I add the chat to my website?"


async def test_a_fail_over_under_a_running_installation(tmp_path, tmp_path_factory):
    """Behind a sentinel, with web process, worker and beat. Red when Redis decides whether a message is kept."""
    with servers(tmp_path) as start:
        primary, replica, sentinel = start.watched()
        environment = {"REDIS_URL": f"redis+sentinel://127.0.0.1:{sentinel.port}/main/0", "RATE_LIMIT_MESSAGES": "9/s"}
        with breakable() as engines, Live(tmp_path_factory.mktemp("live"), engines, environment, fresh=True) as live:
            # Which the worker does: it found its broker. The rest is indexed while Redis dies.
            wait_until(lambda: live.rows("SELECT 1 FROM knowledge_article WHERE index_state = 'indexed'"))
            customer = live.customer()
            async with customer.socket() as line:
                wait_until(lambda: replica.client().dbsize() >= 2)
                primary.kill()
                started = time.monotonic()
                refused = live.http().post("/api/v1/sessions", json={"inbox": live.demo["inbox_key"]})
                assert time.monotonic() - started < 10
                assert refused.status_code == 503
                assert refused.json()["type"] == "urn:replywell:error:unavailable"

                client_id = await line.ask(QUESTION)
                assert (await line.until("message.ack", client_id=client_id))["seq"] == 1
                assert (await line.message(60, role="assistant"))["engine"] == "extractive"

                def can_start() -> bool:
                    body = {"inbox": live.demo["inbox_key"]}
                    return live.http().post("/api/v1/sessions", json=body).status_code == 201

                wait_until(can_start)
                own = f"/api/v1/sessions/{customer.session['id']}"
                assert customer.http.get(own).status_code == 200
                await line.ask(QUESTION)
                await line.message(60, role="assistant")
            assert live.customer().send(QUESTION, wait=60)["replies"]
