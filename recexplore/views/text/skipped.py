"""What a search passed over, in one line.

Takes a `Corpus`, gives text; empty where nothing was passed over.
"""

from __future__ import annotations

from collections import Counter
from typing import Final

from recexplore.corpus import Corpus
from recexplore.model.counts import count
from recexplore.model.exchange import Skips

__all__ = ["skipped_line"]

_SAID: Final[dict[Skips, tuple[str, str]]] = {
    "not searched": ("was not looked at", "were not looked at"),
    "excluded": ("is excluded", "are excluded"),
    "foreign": ("holds no recording", "hold no recording"),
    "empty": ("is empty", "are empty"),
}


def skipped_line(corpus: Corpus) -> str:
    """How many files gave no recording, without being a problem; `Corpus.skipped` lists them."""
    found = Counter(each.kind for each in corpus.skipped_files)
    said = [
        f"{count(found[kind], 'other file')} {words[found[kind] > 1]}" for kind, words in _SAID.items() if found[kind]
    ]
    return ", ".join(said)
