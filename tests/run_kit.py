"""Corpora of recordings made for a test, in files of their own."""

from __future__ import annotations

import atexit
import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

import recexplore
from recexplore.corpus import Corpus

__all__ = ["loaded"]


def loaded(*documents: Any) -> Corpus:
    """A corpus of documents, in files named by their number, which stay until the tests end."""
    folder = Path(tempfile.mkdtemp(prefix="recexplore-runs-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for number, document in enumerate(documents):
        (folder / f"run-{number}.json").write_text(json.dumps(document))
    corpus = recexplore.load(folder, progress=False)
    assert len(corpus) == len(documents), corpus.problems
    return corpus
