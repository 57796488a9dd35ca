"""By what others know a finding again: the same after a new recording of the same request.

Takes findings or problems, gives short texts that differ for each of a report.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator

from recexplore.checks.baseline import Entry
from recexplore.model.location import relative

__all__ = ["fingerprints"]


def fingerprints(kinds: Iterable[Entry]) -> Iterator[str]:
    """One for each: of what a baseline knows it by, as seen from the working directory, and of the how manieth it is."""
    times: Counter[Entry] = Counter()
    for kind in kinds:
        times[kind] += 1
        seen = kind._replace(file=relative(kind.file, os.getcwd()))
        yield hashlib.sha256(json.dumps([*seen, times[kind]]).encode()).hexdigest()[:32]
