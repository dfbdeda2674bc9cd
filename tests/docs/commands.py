"""Shell commands as they stand on the pages."""

import re
import shlex
from dataclasses import dataclass

from tests.docs.pages import Fence, fences

SHELL = ("sh", "bash", "console", "shell", "curl")
_ASSIGNMENT = re.compile(r"[A-Z][A-Z0-9_]*=")


@dataclass(frozen=True)
class Command:
    """One command: its text, its words without the assignments before it, and those assignments."""

    fence: Fence
    text: str
    words: tuple[str, ...]
    assigned: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.fence}: {self.text.splitlines()[0]}"

    @property
    def program(self) -> str:
        """What is started; empty for assignments alone."""
        return self.words[0] if self.words else ""

    @property
    def management(self) -> tuple[str, ...]:
        """The management command with its arguments, wherever it is run; empty for anything else."""
        if "manage.py" not in self.words:
            return ()
        arguments = self.words[self.words.index("manage.py") + 1 :]
        end = min((arguments.index(sign) for sign in (">", "|", "2>&1") if sign in arguments), default=len(arguments))
        return arguments[:end]


def commands(fence: Fence) -> list[Command]:
    """The commands of a fence; a here-document belongs to the command that reads it."""
    found, text = [], ""
    joined = re.sub(r"<<END\n.*?^END$", "", fence.text.replace("\\\n", " "), flags=re.MULTILINE | re.DOTALL)
    for line in joined.splitlines():
        text += line + "\n"
        try:
            words = shlex.split(text, comments=True)
        except ValueError:
            continue  # a quotation goes on
        if words:
            count = next((n for n, word in enumerate(words) if not _ASSIGNMENT.match(word)), len(words))
            found.append(Command(fence, text.strip(), tuple(words[count:]), tuple(words[:count])))
        text = ""
    assert not text, f"{fence}: a quotation does not end"
    return found


def fence_is_settings(fence: Fence) -> bool:
    """Whether it is a part of `.env`: NAME=value on each line, where a blank belongs to the value."""
    lines = [line for line in fence.text.splitlines() if line and not line.startswith("#")]
    return all(_ASSIGNMENT.match(line) and not re.search(r" make |[$]", line) for line in lines)


def shell_fences() -> list[Fence]:
    """Every block of shell commands in every page."""
    return list(fences(*SHELL))
