"""The streams that have no end because their recorder died, and who finishes them.

Takes a corpus, says it in a line. Only of journals on this machine that nobody writes, and of which all is read.
"""

from __future__ import annotations

import os
import shlex
import sys
import time
from typing import TYPE_CHECKING

from recexplore.model.counts import count

if TYPE_CHECKING:
    from recexplore.corpus import Corpus, Recording

__all__ = ["is_left", "tell_left"]


def tell_left(corpus: Corpus) -> None:
    """Say on standard error how many streams were left, and what finishes them."""
    if not (left := [path for path, is_left in _without_an_end(corpus).values() if is_left]):
        return
    from recexplore.views.text.safe_text import one_line

    folders = {os.path.dirname(path) or "." for path in left}
    where = one_line(shlex.quote(folders.pop())) if len(folders) == 1 else "FOLDER"
    has, whose, them = ("has", "its recorder", "it") if len(left) == 1 else ("have", "their recorders", "them")
    sys.stderr.write(
        f"{count(len(left), 'stream')} {has} no end, for {whose} died: "
        f"the next `recexplore capture --out {where}` finishes {them}\n"
    )


def is_left(recording: Recording) -> bool | None:
    """Whether the recorder of a recording without an end died; None where that is not known, or there is an end."""
    return _without_an_end(recording.corpus).get(recording.id, ("", None))[1]


def _without_an_end(corpus: Corpus) -> dict[str, tuple[str, bool]]:
    """By their ids the paths of the journals without an end, and whether they were left."""
    from recexplore.model.exchange import NOT_YET

    about = corpus.recordings
    about = about[about["ended"] == NOT_YET]
    if about.empty:
        return {}
    from recexplore.capture.journal.name import SUFFIX
    from recexplore.server.file_now import file_now
    from recexplore.views.explorer.coming import ComingStreams

    paths = dict(zip(about["recording"], about["path"], strict=True))
    return {
        name: (path, each["state"] == "left")
        for each in ComingStreams(corpus, file_now).now(time.time())
        if (path := paths[name := each["recording"]]).endswith(SUFFIX) and os.path.isfile(path)
    }
