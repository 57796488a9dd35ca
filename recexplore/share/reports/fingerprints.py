"""By what others know a finding again: the same after a new recording of the same request.

Takes findings or problems, gives short texts that differ for each of a report.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator

from recexplore.checks.baseline import Entry, Kind
from recexplore.model.location import relative

__all__ = ["fingerprints"]


def fingerprints(kinds: Iterable[Entry]) -> Iterator[str]:
    """One for each: of what a baseline knows it by, as seen from the working directory, and of the how manieth it is."""
    times: Counter[Entry] = Counter()
    for kind in kinds:
        # One that becomes worse is still the same.
        known_by = kind._replace(severity=None) if isinstance(kind, Kind) else kind
        times[known_by] += 1
        seen = known_by._replace(file=relative(kind.file, os.getcwd()))
        parts = seen[:-1] if isinstance(seen, Kind) else seen
        yield hashlib.sha256(json.dumps([*parts, times[known_by]]).encode()).hexdigest()[:32]
