"""Cohere, both versions of its API: chat and the older generate (v1), and chat as it is now (v2).

Each version is a dialect of its own, for they share neither events nor fields; what both say alike, what an answer costs and
why there is none, is read in one place. Reranking and embedding are no answers of a model: nobody claims them here.
"""

from __future__ import annotations

from recexplore.read.dialects.cohere.v1 import DIALECT as V1
from recexplore.read.dialects.cohere.v2 import DIALECT as V2

__all__ = ["V1", "V2"]
