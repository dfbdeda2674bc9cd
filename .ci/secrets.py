"""No secret in a tracked file: what detect-secrets finds must be in .secrets.baseline, which a person has looked at.

Looks at what has changed since the baseline was committed, with `--all` at everything; `--write` makes it anew from everything: look
at what it adds before you commit it. A line that ends in `pragma: allowlist secret`
is left alone.
"""

import subprocess
import sys
from pathlib import Path

from detect_secrets.core import baseline
from detect_secrets.core.secrets_collection import SecretsCollection
from detect_secrets.settings import default_settings

BASELINE = Path(".secrets.baseline")
# Others' code, and questions in plain words: nothing to find, and long to look through.
PASSED_OVER = ("tests/browser/vendor/", "requirements.txt", "tests/requirements.txt", str(BASELINE))


def tracked() -> list[str]:
    """The files that are looked through: all that git knows, but for PASSED_OVER."""
    listed = subprocess.run(["git", "ls-files", "-z"], check=True, capture_output=True, text=True).stdout
    names = [name for name in listed.split("\0") if name and Path(name).is_file()]
    return [name for name in names if not name.startswith(PASSED_OVER) and not name.endswith((".jsonl", ".png"))]


def recent() -> list[str]:
    """Those of them that differ from what they were when the baseline was committed: the others were looked through then.

    All of them when git cannot tell, as in a shallow copy of the repository.
    """
    shallow = _git("rev-parse", "--is-shallow-repository").stdout.strip() != "false"
    written = _git("log", "-1", "--format=%H", "--", str(BASELINE)).stdout.strip()
    if shallow or not written:
        return tracked()
    changed = set(_git("diff", "--name-only", "-z", written).stdout.split("\0"))
    return [name for name in tracked() if name in changed]


def _git(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(["git", *arguments], capture_output=True, text=True)


def found(names: list[str]) -> SecretsCollection:
    """What looks like a secret. Nobody is asked whether one works: nothing leaves this machine."""
    secrets = SecretsCollection()
    with default_settings() as settings:
        settings.disable_filters("detect_secrets.filters.common.is_ignored_due_to_verification_policies")
        secrets.scan_files(*names, num_processors=2)
    return secrets


def main(arguments: list[str]) -> int:
    """0 when all that was found is known."""
    secrets = found(recent() if not arguments else tracked())
    if arguments == ["--write"]:
        with default_settings():
            baseline.save_to_file(secrets, str(BASELINE))
        return 0
    new = secrets - baseline.load(baseline.load_from_file(str(BASELINE)))
    for name, secret in new:
        print(f"{name}:{secret.line_number}: {secret.type}. Take it out, or look at .ci/secrets.py.")
    return 1 if new else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
