"""The hint that a database needs no migration."""

from pathlib import Path

from config.devservices.migrated import fingerprint, remember, was_migrated


def test_a_new_migration_or_database_changes_the_fingerprint(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("django==5.2\n", encoding="utf-8")
    before = fingerprint("postgresql:///a", tmp_path)
    assert fingerprint("postgresql:///b", tmp_path) != before
    (tmp_path / "support" / "migrations").mkdir(parents=True)
    (tmp_path / "support" / "migrations" / "0001_initial.py").touch()
    assert fingerprint("postgresql:///a", tmp_path) != before


def test_only_the_remembered_state_counts(tmp_path: Path) -> None:
    assert not was_migrated(tmp_path, "one")
    remember(tmp_path, "one")
    assert was_migrated(tmp_path, "one")
    assert not was_migrated(tmp_path, "two")
