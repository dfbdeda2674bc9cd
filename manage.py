#!/usr/bin/env python
"""Django's command line for Replywell."""

import os
import sys
from pathlib import Path

from config.devservices.beside import join

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if sys.argv[1:2] != ["devservices"]:
        join(Path(__file__).resolve().parent)
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
