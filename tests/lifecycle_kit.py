"""How the rules about the order of events are tried: small sessions of one API, and where one rule fires in them."""

from __future__ import annotations

from typing import Any

import recexplore

__all__ = ["places_told"]


def places_told(rule: str, chunks: list[dict[str, Any]], url: str, dialect: str) -> list[tuple[Any, ...]]:
    """Severity, first and last chunk of each finding of a rule, in chunks that came from a URL and are read by a dialect."""
    corpus = recexplore.from_chunks(chunks, url=url)
    assert set(corpus.recordings["dialect"]) == {dialect}
    told = recexplore.check(corpus, select=[rule])
    return list(told[["severity", "chunk", "last_chunk"]].itertuples(index=False, name=None))
