"""The whole way, with real processes: a customer waits, nobody looks, beat asks, a worker sends, and a mail server takes it."""

import json
import re
import time

import httpx2
import pytest

from tests.fakes.mailserver import MailServer

TOLD = re.compile(r'^replywell_tasks_total\{outcome="ok",task="support.notifications.tasks.tell"\} (\d+)', re.MULTILINE)
PLAN = """
INSERT INTO support_notificationplan
    (inbox_id, enabled, all_agents, addresses, after_seconds, pause_minutes, quiet_hours, quotes)
SELECT id, true, false, '{team@example.com}', 1, 10, %s::jsonb, true FROM sessions_app_inbox WHERE key = %s
"""
ALWAYS = json.dumps({day: [["00:00", "24:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")})


@pytest.fixture
def post(live, unused_tcp_port):
    """A mail server, the worker that hands e-mails to it, and how often that worker has looked."""

    def looked() -> int:
        found = TOLD.search(httpx2.get(f"http://127.0.0.1:{unused_tcp_port}/metrics").text)
        return int(found[1]) if found else 0

    with MailServer() as server:
        environment = {"EMAIL_URL": f"smtp://127.0.0.1:{server.port}", "PUBLIC_URL": "https://help.example.com"}
        worker = live.start_webhook_worker(METRICS_PORT=str(unused_tcp_port), **environment)
        yield server, looked
        worker.kill()
    live.rows("DELETE FROM support_notifiedwait")
    live.rows("DELETE FROM support_notification")
    live.rows("DELETE FROM support_notificationplan")


def until(condition) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            if condition():
                return
        except httpx2.TransportError:  # the worker has yet to start
            pass
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_who_waits_at_night_is_told_of_in_the_morning(live, post):
    """Beat looks at every waiting, so the worker has looked twice when nobody was to be told, and nothing was sent.

    Red when beat does not sweep, the task goes to a queue that nobody works on, or quiet hours are not asked.
    """
    server, looked = post
    customer = live.customer()
    customer.send("My parcel has not come. Is anybody there?")
    live.rows(PLAN, ALWAYS, live.demo["inbox_key"])
    assert (
        customer.http.post(f"/api/v1/conversations/{customer.conversation}/handoff", json={}).json()["state"]
        == "queued"
    )
    # Other tests' customers may wait as well: the e-mail names those first who wait the longest.
    live.rows(
        "UPDATE support_conversation SET queued_at = queued_at - interval '1 day' WHERE id = %s", customer.conversation
    )
    until(lambda: looked() >= 2)
    assert (server.received, live.rows("SELECT id FROM support_notification")) == ([], [])
    live.rows("UPDATE support_notificationplan SET quiet_hours = '{}'")
    mail = server.mail_to("team@example.com")
    link = f"https://help.example.com/admin/support/conversation/{customer.conversation}/change/"
    for kind in ("plain", "html"):
        assert link in mail.text(kind)
        assert "My parcel has not come. Is anybody there?" in mail.text(kind)
    assert [part.get_content_type() for part in mail.message.walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]
    until(lambda: live.rows("SELECT id FROM support_notification WHERE state = 'sent' AND owed = '{}'"))
    assert len(server.received) == 1
