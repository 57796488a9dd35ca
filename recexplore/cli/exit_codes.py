"""What the command line's exit code says, the same for every command (``docs/commands.md``)."""

from __future__ import annotations

from enum import IntEnum

__all__ = ["Ended", "ExitCode"]


class ExitCode(IntEnum):
    """``CLEAN``: nothing to say against it. ``FINDINGS``: something is wrong with a recording. ``UNREADABLE``: something
    could not be read, or nothing was there to read. ``MISUSE``: the command cannot be carried out as it was given. Of
    several the greatest counts. ``INTERRUPTED``: somebody pressed Control-C; 130 is what shells make of it."""

    CLEAN = 0
    FINDINGS = 1
    UNREADABLE = 2
    MISUSE = 3
    INTERRUPTED = 130


class Ended(SystemExit):
    """How a command gives its exit code: a plain `SystemExit` is the command line library's, whose 2 is our misuse."""

    def __init__(self, code: ExitCode) -> None:
        super().__init__(int(code))
