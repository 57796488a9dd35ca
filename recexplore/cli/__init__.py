"""The command line: each command is one call of the public API.

Takes arguments, prints; the exit code says how it went (`recexplore.cli.exit_codes`, ``docs/commands.md``). No command
changes a recording. Nothing is imported before it is needed, so that help and mistakes are told at once.
"""

from __future__ import annotations

import atexit
import gc
import os
import sys
from typing import Final

from recexplore.cli.exit_codes import Ended, ExitCode
from recexplore.model.errors import NotLoadable, RecexploreError

__all__ = ["main"]

_IN_A_SHELL: Final = {
    "`corpus.recordings` lists": "`recexplore ls` lists",
    "written with lossy": "written with --lossy",
    "with force": "with --force",
    "choose one frame": "choose one with --frame",
    "choose one recording": "choose one with --recording",
}
"""What errors call the things of the Python API, and what a shell has for it."""


def main() -> None:
    """Run the command line; errors made on purpose are one line on stderr."""
    # No command multiplies matrices: the threads that numpy's OpenBLAS starts for it, one a core, would only be started.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # What is left at the end goes with the process: nothing has to be looked through for cycles.
    atexit.register(gc.freeze)
    try:
        from recexplore.cli.printing import progress
        from recexplore.read.workers import showing_progress, without_collector

        with without_collector(is_kept=True):
            from recexplore.cli.application import application

            app = application(sys.argv[1:])
        with showing_progress(progress()):
            app()
    except Ended:
        raise
    except SystemExit as ended:
        raise SystemExit(ExitCode.MISUSE if ended.code == 2 else ended.code) from None
    except KeyboardInterrupt:
        raise SystemExit(ExitCode.INTERRUPTED) from None
    except (RecexploreError, OSError, ImportError, ValueError) as error:
        if isinstance(error, BrokenPipeError):
            # The reader (`| head`) has seen enough.
            sys.stderr.close()
            raise SystemExit(ExitCode.CLEAN) from None
        sys.stderr.write(f"recexplore: {_in_a_shell(str(error))}\n")
        unreadable = isinstance(error, NotLoadable | OSError)
        raise SystemExit(ExitCode.UNREADABLE if unreadable else ExitCode.MISUSE) from None


def _in_a_shell(message: str) -> str:
    for python, shell in _IN_A_SHELL.items():
        message = message.replace(python, shell)
    return message
