"""`make lint` finds a secret that is about to be committed."""

import runpy

from tests.engines import ROOT

CHECK = runpy.run_path(str(ROOT / ".ci" / "secrets.py"))


def test_a_secret_that_nobody_has_looked_at_is_found(tmp_path, monkeypatch, capsys):
    """Red when what was found is not compared with the baseline, or a file is passed over because of where it is."""
    # Put together here, so that this file has none.
    key = "AKIA" + "IOSFODNN7EXAMPLF"
    (tmp_path / "new.py").write_text(f'KEY = "{key}"\n')
    (tmp_path / ".secrets.baseline").write_text((ROOT / ".secrets.baseline").read_text())
    monkeypatch.chdir(tmp_path)
    for names, expected in ((["new.py"], 1), ([], 0)):
        monkeypatch.setitem(CHECK["main"].__globals__, "recent", lambda names=names: names)
        assert CHECK["main"]([]) == expected
    assert "new.py:1: AWS Access Key" in capsys.readouterr().out


def test_every_file_is_looked_through_but_what_is_named():
    """Red when PASSED_OVER has a folder of the product."""
    names = CHECK["tracked"]()
    assert {"config/settings.py", ".env.example", "tests/engines.py", "compose.yaml"} <= set(names)
    assert "requirements.txt" not in names
    assert set(CHECK["recent"]()) <= set(names)
