"""The child process that makes recordings of journals.

Takes, at its standard input, lines of JSON: the path of a journal each. Gives a line for each at its standard output: the
``recording`` that it became, or the ``error`` for which it stays. Ends with its input. It gives way to whoever else wants
to work.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Final

from recexplore.capture.journal.finish import finish

__all__ = ["main"]

_NICENESS: Final = 10


def main() -> None:
    """Finish what is asked for until there is no more."""
    if sys.platform != "win32":
        os.nice(_NICENESS)
    for line in sys.stdin:
        print(json.dumps(_finished(Path(json.loads(line)))), flush=True)


def _finished(journal: Path) -> dict[str, str]:
    try:
        return {"recording": os.fspath(finish(journal))}
    except Exception as error:  # one journal that cannot be finished keeps no other from it
        return {"error": str(error) or repr(error)}
