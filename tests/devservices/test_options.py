"""What the user may choose, and what a wrong choice is answered with."""

from pathlib import Path

import pytest

from config.devservices.dotenv import read_dotenv
from config.devservices.errors import DevServicesError
from config.devservices.options import read_options


def test_defaults(tmp_path: Path) -> None:
    options = read_options({}, tmp_path)
    assert (options.host, options.port, options.web_processes) == ("127.0.0.1", 8000, 1)
    assert options.data_dir == tmp_path / ".data"


def test_the_environment_wins_over_dotenv(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("PORT=8001\nHOST=localhost\n", encoding="utf-8")
    options = read_options({"PORT": "8002"}, tmp_path)
    assert (options.host, options.port) == ("localhost", 8002)


@pytest.mark.parametrize(
    ("name", "value"),
    [("PORT", "http"), ("PORT", "70000"), ("PORT", "-1"), ("PORT", "٣"), ("WEB_PROCESSES", "0")],
)
def test_a_bad_number_is_named(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(DevServicesError, match=f"{name}={value} is not a whole number"):
        read_options({name: value}, tmp_path)


def test_dotenv_understands_quotes_comments_and_export(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("# no\nexport A='x # y'\nB = two # why\nC=\n\nnonsense\n", encoding="utf-8")
    assert read_dotenv(path) == {"A": "x # y", "B": "two", "C": ""}
