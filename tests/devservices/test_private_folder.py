"""What cannot live in DATA_DIR moves to a private folder, and no other permission changes."""

import os
from collections.abc import Iterator
from pathlib import Path
from shutil import rmtree

import psycopg
import pytest
import redis

from config.devservices import pginstall
from config.devservices.account import account_for, can_enter
from config.devservices.engines import running
from config.devservices.folders import known_private_folder, open_to_group, private_folder

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root drops to another account")


@pytest.fixture
def closed(tmp_path: Path) -> Iterator[Path]:
    """A DATA_DIR that PostgreSQL's account cannot reach when we are root."""
    tmp_path.chmod(0o700)
    data_dir = tmp_path / "data"
    yield data_dir
    if folder := known_private_folder(data_dir):
        rmtree(folder)


def answers(url: str) -> bool:
    with psycopg.connect(url) as connection:
        return connection.execute("SELECT 1").fetchone() == (1,)


@as_root
def test_an_unreachable_data_dir_is_left_as_it_is(closed: Path) -> None:
    with running(closed) as engines:
        assert answers(engines.database_url)
    assert closed.parent.stat().st_mode & 0o777 == 0o700
    folder = known_private_folder(closed)
    assert folder is not None
    assert folder.stat().st_mode & 0o067 == 0
    assert (folder / "postgres" / "data" / "PG_VERSION").is_file()


@as_root
def test_the_private_folder_is_found_again(closed: Path) -> None:
    with running(closed) as engines:
        first = engines.database_url
    with running(closed) as engines:
        assert engines.database_url == first


@as_root
def test_an_unreachable_postgres_is_copied(closed: Path, tmp_path: Path) -> None:
    account = account_for(closed)
    real = pginstall.find_install(tmp_path)
    install = tmp_path / "venv" / pginstall.PACKAGE / real.name
    (install / "bin").mkdir(parents=True)
    (install / "bin" / "postgres").write_text("#!/bin/sh\n", encoding="utf-8")
    (install / "bin" / "postgres").chmod(0o700)
    closed.mkdir()
    usable = pginstall.runnable_install(install, closed, account)
    assert usable != install
    assert can_enter(account, usable / "bin" / "postgres")
    assert pginstall.runnable_install(install, closed, account) == usable


def test_a_long_path_only_moves_the_sockets(tmp_path: Path) -> None:
    data_dir = tmp_path / ("long" * 30)
    data_dir.mkdir()
    open_to_group(data_dir, None)
    try:
        with running(data_dir) as engines:
            assert answers(engines.database_url)
            assert redis.Redis.from_url(engines.redis_url).ping()
        assert (data_dir / "valkey" / "appendonlydir").is_dir()
    finally:
        rmtree(known_private_folder(data_dir) or tmp_path)


def test_a_private_folder_that_others_could_have_made_is_not_used(closed: Path) -> None:
    closed.mkdir()
    foreign = closed.parent / "foreign"
    foreign.mkdir()
    foreign.chmod(0o777)
    (closed / "private-folder").write_text(f"{foreign}\n", encoding="utf-8")
    assert known_private_folder(closed) is None
    assert private_folder(closed, None) != foreign
