"""What the pages take for granted: a customer with an answer, a key, people, an article, a call that waits."""

import re
import shutil
import subprocess
import sys
import uuid
from contextlib import contextmanager
from pathlib import Path

from tests.docs.pages import Fence
from tests.fakes.model import Say
from tests.live import Live

# What stands for the reader's own on the pages.
ADDRESSES = ("http://127.0.0.1:8000", "https://support.example.com")
KEYS = ("rw_1a2b3c4d.EXAMPLE",)
PEOPLE = ("ada", "anna")
_PERSON = """
WITH made AS (
    INSERT INTO auth_user (username, first_name, last_name, email, password, is_staff, is_superuser, is_active, date_joined)
    VALUES (%s, '', '', '', '!', true, false, true, now()) ON CONFLICT DO NOTHING RETURNING id
)
INSERT INTO auth_user_groups (user_id, group_id) SELECT made.id, auth_group.id FROM made, auth_group
WHERE auth_group.name = 'Support agents'
"""
_MADE = {"webhooks": "/api/v1/webhooks", "articles": "/api/v1/knowledge/articles"}


class Stage:
    """A live installation, as the pages expect to find it."""

    def __init__(self, live: Live, folder: Path):
        self.live, self.folder = live, folder
        self.team = live.integration()
        for person in PEOPLE:
            live.rows(_PERSON, person)
        if shutil.which("uuidgen") is None:  # of util-linux, which is not everywhere
            program = folder / "uuidgen"
            program.write_text(f"#!{sys.executable}\nimport uuid\nprint(uuid.uuid4())\n")
            program.chmod(0o755)

    @contextmanager
    def tidy(self):
        """Webhooks and articles that were made within the block are removed after it."""
        before = self._made()
        yield
        for where, number in self._made() - before:
            self.team.delete(f"{where}/{number}").raise_for_status()

    def _made(self) -> set[tuple[str, str]]:
        listed = {where: self.team.get(where, params={"page_size": 200}).json()["results"] for where in _MADE.values()}
        return {(where, each["id"]) for where, results in listed.items() for each in results}

    def replaced(self, text: str) -> str:
        """The text with what is this installation's in the place of examples."""
        for address in ADDRESSES:
            text = text.replace(address, self.live.webs[0].url)
        for key in KEYS:
            text = text.replace(key, self.live.demo["api_key"])
        return text.replace("INBOX-KEY", self.live.demo["inbox_key"])

    def variables(self, fence: Fence) -> dict[str, str]:
        """What the text's variables stand for: a conversation of its own with an answered question, two for who reads events."""
        given = {"URL": self.live.webs[0].url, "INBOX": self.live.demo["inbox_key"], "KEY": self.live.demo["api_key"]}
        if re.search(r"\$(CONVERSATION|TOKEN|SESSION|MESSAGE|ACTION)|\bcustomer\b|\bteam\b", fence.text):
            customer = self.live.customer()
            answered = customer.send("How do I start it?", wait=30)
            if "events" in fence.text:
                customer.send("And how do I stop it?", wait=30)
            given |= {
                "CONVERSATION": customer.conversation,
                "TOKEN": customer.session["token"],
                "SESSION": customer.session["id"],
                "MESSAGE": answered["replies"][-1]["id"],
            }
            if re.search(r"ACTION|action\b", fence.text):
                given["ACTION"] = self._action(customer)
        if "$ARTICLE" in fence.text:
            article = {"title": f"Example {uuid.uuid4()}", "body": "An example.", "status": "draft"}
            given["ARTICLE"] = self.team.post(_MADE["articles"], json=article).json()["id"]
        return given

    def _action(self, customer) -> str:
        """A tool call that waits for the customer's word."""
        marker = f"order{uuid.uuid4().hex}"
        self.live.model.script(marker, Say(tool=("place_order", f'{{"item": "{marker}"}}')))
        customer.send(f"Please order {marker}", wait=30)
        (action,) = customer.http.get(f"/api/v1/conversations/{customer.conversation}").json()["actions"]
        return action["action"]

    def claim(self, conversation: str) -> None:
        self.team.post(
            f"/api/v1/conversations/{conversation}/claim", json={"human_agent": PEOPLE[0]}
        ).raise_for_status()

    def shell(self, text: str, variables: dict[str, str]) -> subprocess.Popen[str]:
        """The text, in a shell that stops at the first refused request."""
        begin = 'set -euo pipefail; curl() { command curl --silent --show-error --fail-with-body -w "\\n" "$@"; }\n'
        return subprocess.Popen(
            ["/bin/bash", "-c", begin + self.replaced(text)],
            env=variables | {"PATH": f"{self.folder}:/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
