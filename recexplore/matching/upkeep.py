"""What a collection of recordings needs: names that nobody looks for, requests recorded twice, recordings nobody uses.

Takes a corpus, gives a DataFrame a question, one row a recording. Reads, never deletes: what to do is the owner's decision.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final, TypeAlias

import pandas as pd

from recexplore.corpus import Corpus
from recexplore.matching.generations import CURRENT
from recexplore.matching.nearest import Entry, index_of, places_of
from recexplore.matching.ogx_hash import file_hash, fitting, hash_of
from recexplore.matching.request import MAX_DEPTH

__all__ = ["Names", "duplicates", "names_of", "stale", "unknown", "unused"]

Names: TypeAlias = "str | os.PathLike[str] | Iterable[str]"
"""Names of recordings, or a text file with one a line (empty lines and those with ``#`` in front are no names)."""

_STALE: Final = ("recording", "path", "test_id", "file_hash", "current_hash", "generation", "remark", "why", "place")
_DUPLICATES: Final = (
    "group", "recording", "path", "test_id", "model", "request_hash", "n_recordings", "n_tests", "place",
)  # fmt: skip
_UNUSED: Final = ("recording", "path", "test_id", "model", "bytes", "place")
_HASH: Final = re.compile(r"[0-9a-f]{8,64}")


def stale(corpus: Corpus) -> pd.DataFrame:
    """Recordings whose file name today's recorder does not give: it will not find them.

    Returns
    -------
    pandas.DataFrame
        One row a recording: ``recording``, ``path``, ``test_id``, ``file_hash`` (in its name), ``current_hash`` (what
        today's recorder makes of its request), ``generation`` (the newest older one that gives the name; missing where
        none does), ``remark``, ``why`` (all of it in words) and ``place`` (the path, with ``#k`` for the k-th exchange of a
        file with several). Files whose name holds no hash are not judged.
    """
    rows = [row for entry in index_of(corpus).entries if entry.digits and (row := _stale_row(entry, entry.digits))]
    for row in rows:
        row.setdefault("why", row.get("remark"))
    return _frame(rows, _STALE)


def _stale_row(entry: Entry, digits: str) -> dict[str, Any] | None:
    request = entry.request
    row: dict[str, Any] = {"recording": entry.id, "path": entry.path, "place": entry.place}
    row["file_hash"] = digits
    if request is None:
        return row | {"remark": "its file is not what was loaded any more"}
    row["test_id"], row["current_hash"] = request.test_id, hash_of(request, CURRENT)
    if request.kind == "file":
        return row | {"remark": "what processes files is always run, never looked up"}
    if request.is_too_deep:
        return row | {"remark": f"nested deeper than {MAX_DEPTH} levels: not hashed"}
    fit = fitting(request, digits)
    if fit is None:
        return row | {"remark": "renamed or edited, or by a recorder that is not known here"}
    row |= {"generation": fit.generation.name, "why": fit.words}
    if fit.rewrite is not None:
        return row | {"remark": fit.words}
    return None if fit.generation is CURRENT else row


def duplicates(corpus: Corpus) -> pd.DataFrame:
    """Recordings of equal requests: same method, endpoint and body, whatever the test and the host.

    Returns
    -------
    pandas.DataFrame
        One row a recording, groups together: ``group`` (from 0), ``recording``, ``path``, ``test_id``, ``model``,
        ``request_hash``, ``n_recordings`` and ``n_tests`` of its group, and ``place`` (as in `stale`). Where ``n_tests`` is
        less than ``n_recordings``, one test has the same request several times. Recordings without a body are not compared.
    """
    found = corpus.recordings.assign(place=places_of(corpus)).dropna(subset=["request_hash"])
    groups = found.groupby("request_hash", sort=False, observed=True)
    found = found.assign(
        model=found["model_requested"],
        n_recordings=groups["recording"].transform("size"),
        n_tests=groups["test_id"].transform(lambda tests: tests.nunique(dropna=False)),
    )
    found = found[found["n_recordings"] > 1]
    order = {digits: number for number, digits in enumerate(dict.fromkeys(found["request_hash"]))}
    found = found.assign(group=found["request_hash"].map(order).astype("int64"))
    return found.sort_values("group", kind="stable")[list(_DUPLICATES)].reset_index(drop=True)


def unused(corpus: Corpus, used: Names) -> pd.DataFrame:
    """Recordings that are not among those used.

    Parameters
    ----------
    used
        Paths, ends of paths, file names, ids or hashes (the whole hash, or eight and more of its first digits); or the
        path of a text file with one a line. A name that fits several recordings uses all of them.

    Returns
    -------
    pandas.DataFrame
        One row a recording: ``recording``, ``path``, ``test_id``, ``model``, ``bytes``, ``place`` (as in `stale`).
    """
    book = _AddressBook(corpus)
    taken = {number for name in names_of(used) for number in book.find(name)}
    found = corpus.recordings.assign(model=corpus.recordings["model_requested"], place=places_of(corpus))
    left = [number for number in range(len(found)) if number not in taken]
    return found[list(_UNUSED)].iloc[left].reset_index(drop=True)


def unknown(corpus: Corpus, used: Names) -> pd.DataFrame:
    """Names that no recording has: one row each, column ``name``; what names may be is told in `unused`."""
    book = _AddressBook(corpus)
    return _frame([{"name": _clean(name)} for name in dict.fromkeys(names_of(used)) if not book.find(name)], ("name",))


def _clean(name: str) -> str:
    """A name that a column can hold."""
    return name.encode("utf-8", "backslashreplace").decode()


def names_of(used: Names) -> list[str]:
    """The names in a list, or in a text file with one a line."""
    if isinstance(used, str | os.PathLike):
        lines = Path(used).read_text(encoding="utf-8", errors="replace").splitlines()
        return [name for line in lines if (name := line.strip()) and not name.startswith("#")]
    return [os.fspath(name) for name in used]


class _AddressBook:
    """All names under which a recording may be called."""

    def __init__(self, corpus: Corpus) -> None:
        self._called: dict[str, set[int]] = defaultdict(set)
        self._files: dict[str, list[tuple[int, str]]] = defaultdict(list)
        self._hashes: dict[str, set[int]] = defaultdict(set)
        about = corpus.recordings
        for number, (name, path) in enumerate(zip(about["recording"], about["path"], strict=True)):
            file = path.rpartition("/")[2]
            for each in (name, path, file, file.rpartition(".")[0]):
                self._called[each].add(number)
            self._files[file].append((number, f"/{path}"))
            if digits := file_hash(path):
                self._hashes[digits[:8]].add(number)
        self._digits = [file_hash(path) or "" for path in about["path"]]

    def find(self, name: str) -> set[int]:
        """The recordings that a name means."""
        if name in self._called:
            return self._called[name]
        path = name.replace(os.sep, "/").removeprefix("./")
        if of_file := self._files.get(path.rpartition("/")[2]):
            ends = {number for number, each in of_file if each.endswith(f"/{path}") or path.endswith(each)}
            same = {number for number, each in of_file if os.path.abspath(each[1:]) == os.path.abspath(name)}
            return ends | same
        if _HASH.fullmatch(name):
            near = self._hashes.get(name[:8], set())
            return {n for n in near if self._digits[n].startswith(name) or name.startswith(self._digits[n])}
        return set()


def _frame(rows: list[dict[str, Any]], columns: tuple[str, ...]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=list(columns), dtype="str")
