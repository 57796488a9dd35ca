"""What a recorder's own hash says of the names of files; asked only where a rule needs it, for every file is read again."""

from __future__ import annotations

import pandas as pd

from recexplore.corpus import Corpus, Recording

__all__ = ["file_names"]


def file_names(corpus: Corpus | Recording) -> pd.DataFrame:
    """The recordings whose file name today's recorder does not give (`recexplore.stale`)."""
    from recexplore.matching import stale

    if isinstance(corpus, Corpus):
        return stale(corpus)
    found = stale(corpus.corpus)
    return found[found["recording"] == corpus.id]
