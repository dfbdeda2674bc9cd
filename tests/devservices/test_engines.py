"""Both engines start, can be used as the URLs say, and are gone afterwards."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import environ
import psycopg
import pytest
import redis
from psycopg.conninfo import conninfo_to_dict

from config.devservices.account import Account, can_enter
from config.devservices.engines import Engines, running, temporary_data_dir
from config.devservices.options import ROOT

from .processes import is_running, processes_naming, wait_until

HOLD = """
import sys, time
from pathlib import Path
from config.devservices.engines import running
with running(Path(sys.argv[1])) as engines:
    print("up", flush=True)
    time.sleep(600)
"""


@pytest.fixture(scope="module")
def engines() -> Iterator[Engines]:
    with running() as started:
        yield started


def query(engines: Engines, sql: str) -> str:
    with psycopg.connect(engines.database_url) as connection:
        row = connection.execute(sql).fetchone()
    assert row is not None
    return str(row[0])


@pytest.mark.parametrize("setting", ["fsync", "synchronous_commit"])
def test_postgres_is_durable(engines: Engines, setting: str) -> None:
    assert query(engines, f"SHOW {setting}") == "on"


def test_postgres_has_pgvector(engines: Engines) -> None:
    assert query(engines, "SELECT '[3,4]'::vector <-> '[0,0]'") == "5.0"


def test_text_search_splits_at_dashes_and_knows_letters(engines: Engines) -> None:
    assert query(engines, "SELECT to_tsvector('simple', 'Über—Ärger')") == "'ärger':2 'über':1"


def test_engines_listen_on_no_port(engines: Engines) -> None:
    assert query(engines, "SHOW listen_addresses") == ""
    assert redis.Redis.from_url(engines.redis_url).config_get("port") == {"port": "0"}


def test_database_url_gives_django_settings_that_connect(engines: Engines) -> None:
    settings = environ.Env.db_url_config(engines.database_url)
    assert settings["ENGINE"] == "django.db.backends.postgresql"
    with psycopg.connect(dbname=settings["NAME"], user=settings["USER"], **settings["OPTIONS"]) as connection:
        assert connection.info.dbname == "replywell"


def test_redis_url_connects_and_never_evicts(engines: Engines) -> None:
    client = redis.Redis.from_url(engines.redis_url)
    assert client.ping()
    assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
    assert client.config_get("appendonly") == {"appendonly": "yes"}


@pytest.mark.skipif(os.geteuid() != 0, reason="switching accounts takes root")
def test_another_account_may_not_connect(engines: Engines) -> None:
    stranger = Account("nobody", 65534, 65534)
    for socket in (conninfo_to_dict(engines.database_url)["host"], engines.redis_url[7:-5]):
        assert can_enter(None, Path(str(socket)))
        assert not can_enter(stranger, Path(str(socket)))


def test_data_survive_a_stop_and_nothing_is_left_running() -> None:
    with temporary_data_dir() as folder:
        with running(folder) as engines:
            with psycopg.connect(engines.database_url) as connection:
                connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
            redis.Redis.from_url(engines.redis_url).set("kept", 42)
        assert processes_naming(str(folder)) == []
        with running(folder) as engines:
            assert query(engines, "SELECT answer FROM kept") == "42"
            assert redis.Redis.from_url(engines.redis_url).get("kept") == b"42"


def test_a_left_over_pid_file_of_some_other_process_does_no_harm() -> None:
    with temporary_data_dir() as folder:
        with running(folder):
            pass
        left_over = folder / "postgres" / "data" / "postmaster.pid"
        left_over.write_text(f"{os.getpid()}\n{left_over.parent}\n", encoding="utf-8")
        with running(folder) as engines:
            assert query(engines, "SELECT 1") == "1"


def test_nothing_is_left_when_their_owner_is_killed() -> None:
    with temporary_data_dir() as folder:
        owner = subprocess.Popen([sys.executable, "-c", HOLD, str(folder)], stdout=subprocess.PIPE, cwd=ROOT)
        assert owner.stdout is not None
        assert owner.stdout.readline() == b"up\n"
        pid = int((folder / "postgres/data/postmaster.pid").read_text("utf-8").splitlines()[0])
        children = [*processes_naming(str(folder / "valkey")), pid]
        assert len(children) == 2
        owner.send_signal(signal.SIGKILL)
        owner.wait()
        owner.stdout.close()
        wait_until(lambda: not any(is_running(child) for child in children))
        # The guard has let go of the lock, so the next start works at once.
        with running(folder) as engines:
            assert query(engines, "SELECT 1") == "1"


def test_data_folder_stays_closed_to_others() -> None:
    with temporary_data_dir() as folder:
        with running(folder):
            assert folder.stat().st_mode & 0o007 == 0
            assert (folder / "valkey").stat().st_mode & 0o077 == 0
            assert (folder / "postgres").stat().st_mode & 0o077 == 0
