"""Which recording belongs to a request, and why none was found.

Takes requests and a corpus of recordings, gives `Why`, and frames about the upkeep of a collection. Knows the recorder of
llama-stack (now OGX), which names each recording by a hash of its request; never writes or renames a file.
"""

from __future__ import annotations

from recexplore.matching.generations import CURRENT, GENERATIONS
from recexplore.matching.upkeep import duplicates, stale, unknown, unused
from recexplore.matching.why import Why, why

__all__ = ["CURRENT", "GENERATIONS", "Why", "duplicates", "stale", "unknown", "unused", "why"]
