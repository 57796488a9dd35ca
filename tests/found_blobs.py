"""The files that a search is for, without those it passes over."""

from __future__ import annotations

from collections.abc import Iterator

from recexplore.model.exchange import Blob
from recexplore.read.sources import Where, search


def blobs(where: Where, *, rev: str | None = None) -> Iterator[Blob]:
    return (found for found in search(where, rev=rev) if isinstance(found, Blob))
