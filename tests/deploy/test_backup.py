"""The backup that docs/operate.md describes, taken while the product runs, restored into an empty database."""

import os
import re
import subprocess
import time
import uuid

import jwt
import psycopg
import pytest

from config.devservices.pginstall import find_install
from tests.engines import ROOT


def documented(program: str) -> str:
    """The line of docs/operate.md that begins with this program."""
    (line,) = set(re.findall(rf"^{program} .+$", (ROOT / "docs" / "operate.md").read_text(), re.MULTILINE))
    return line


@pytest.fixture
def restored(live, tmp_path):
    """A new web process on a restored copy of the database, with a Redis that knows nothing."""
    url = live.environment["DATABASE_URL"]
    name = f"restored_{uuid.uuid4().hex[:8]}"
    copy = url.replace("/replywell?", f"/{name}?")
    path = f"{find_install(tmp_path) / 'bin'}:{os.environ['PATH']}"

    def run(command: str, database: str) -> None:
        environment = {"PATH": path, "DATABASE_URL": database}
        subprocess.run(["/bin/sh", "-c", command], cwd=tmp_path, env=environment, check=True)

    run(documented("pg_dump"), url)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        run(documented("pg_restore"), copy)
        redis = live.environment["REDIS_URL"].replace("db=0", "db=1")
        web = live.start_web(DATABASE_URL=copy, REDIS_URL=redis)
        live.webs.remove(web)
        yield web
        web.kill()
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def before(live):
    """A customer with a conversation from before the backup."""
    customer = live.customer()
    customer.send("How do I start it?", wait=30)
    return customer


def test_what_was_backed_up_answers_again(live, before, restored):
    """Old conversations, cited answers, and secrets that the same keys still open.

    Red when the documented pg_dump leaves out the data, or the encryption keys are others.
    """
    restored.wait_ready()
    again = live.customer(restored, previous_token=before.session["token"])
    assert again.conversation == before.conversation
    assert [message["text"] for message in again.messages()] == [message["text"] for message in before.messages()]
    (reply,) = again.send("How do I start it?", wait=30)["replies"]
    assert reply["citations"][0]["quote"]
    claims = {"sub": "known", "exp": int(time.time()) + 300}
    known = live.customer(restored, identity=jwt.encode(claims, live.demo["identity_secret"], "HS256"))
    assert known.session["customer"]
