"""The set-up says in one sentence what is wrong, and knows when there is nothing to do."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from config.devservices import bootstrap


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout whose .venv is complete for `make test`."""
    (tmp_path / "tests").mkdir()
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / "requirements.txt").write_text("torch==1\n", encoding="utf-8")
    (tmp_path / "tests" / "requirements.txt").write_text("pytest==1\n", encoding="utf-8")
    (tmp_path / ".venv" / "pyvenv.cfg").write_text("version = 3.11.7\n", encoding="utf-8")
    (tmp_path / ".venv" / "bin" / "python").symlink_to(sys.executable)
    bootstrap.remember("test", tmp_path)
    return tmp_path


def test_a_complete_environment_is_left_alone(checkout: Path) -> None:
    assert bootstrap.is_complete("test", checkout)
    assert bootstrap.is_complete("run", checkout)


@pytest.mark.parametrize("name", ["requirements.txt", ".venv/pyvenv.cfg"])
def test_a_change_calls_for_a_new_installation(checkout: Path, name: str) -> None:
    (checkout / name).write_text("changed\n", encoding="utf-8")
    assert not bootstrap.is_complete("test", checkout)
    assert not bootstrap.is_complete("run", checkout)


def test_a_change_of_the_tests_does_not_concern_make_run(checkout: Path) -> None:
    (checkout / "tests" / "requirements.txt").write_text("pytest==2\n", encoding="utf-8")
    assert bootstrap.is_complete("run", checkout)
    assert not bootstrap.is_complete("test", checkout)


def test_a_python_that_went_away_calls_for_a_new_environment(checkout: Path) -> None:
    (checkout / ".venv" / "bin" / "python").unlink()
    (checkout / ".venv" / "bin" / "python").symlink_to("/nonexistent/python")
    assert not bootstrap.is_complete("run", checkout)


def test_an_old_python_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(bootstrap.SetupError, match=r"3\.11 or newer is needed and this is 3\.8"):
        bootstrap.choose_python((3, 8))


def test_a_newer_python_on_the_path_is_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    newer = tmp_path / "python3.11"
    newer.symlink_to(sys.executable)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert bootstrap.choose_python((3, 8)) == str(newer)


def test_too_little_space_is_named() -> None:
    with pytest.raises(bootstrap.SetupError, match=r"Only 1\.5 GB are free"):
        bootstrap.check_space(1_500_000_000)
    bootstrap.check_space(50_000_000_000)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_missing_write_permission_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(bootstrap.SetupError, match="is read-only for you"):
        bootstrap.check_writable(tmp_path)


@pytest.mark.parametrize(
    ("output", "sentence"),
    [
        ("ERROR: [Errno 28] No space left on device", "The disk is full"),
        ("The virtual environment was not created: ensurepip is not available", "python3-venv"),
        ("/usr/bin/python3: No module named venv", "python3-venv"),
        ("ERROR: [Errno 13] Permission denied: 'x'", "remove .venv"),
        ("ERROR: No matching distribution found for x==1", "A download failed"),
        ("ReadTimeoutError: Read timed out.", "A download failed"),
        ("something else", "The set-up failed"),
    ],
)
def test_a_failure_is_explained(output: str, sentence: str) -> None:
    assert sentence in bootstrap.explain(output)


def test_a_failing_command_shows_its_last_lines(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bootstrap, "VENV", tmp_path)
    monkeypatch.setattr(bootstrap, "LOG", tmp_path / "setup.log")
    command = [sys.executable, "-c", "raise SystemExit('Connection broken')"]
    with pytest.raises(bootstrap.SetupError, match="A download failed"):
        bootstrap.run(command, bootstrap.Progress(1))
    assert "Connection broken" in capsys.readouterr().out
    assert "Connection broken" in (tmp_path / "setup.log").read_text(encoding="utf-8")


def test_the_script_needs_no_package() -> None:
    script = Path(bootstrap.__file__)
    code = f"import sys; sys.argv = ['x', 'y']; import runpy; runpy.run_path({str(script)!r})"
    assert subprocess.call([sys.executable, "-I", "-S", "-c", code]) == 0
