"""The supervisor stays small: it never loads Django."""

import subprocess
import sys

from config.devservices.options import ROOT

MODULES = ["__main__", "cluster", "engines", "stack"]


def test_the_supervisor_does_not_import_django() -> None:
    imports = "; ".join(f"import config.devservices.{module}" for module in MODULES)
    code = f"import sys; {imports}; sys.exit('django' in sys.modules or 'environ' in sys.modules)"
    assert subprocess.call([sys.executable, "-c", code], cwd=ROOT) == 0
