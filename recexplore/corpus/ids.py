"""Short names for recordings: unique in a corpus, and the same wherever the same folder is loaded.

Takes the files that a search found, gives an id each (`file_ids`), and an exchange its own (`exchange_id`); says of an id of
another load (`hashed_id`) whether it is that of a file for certain (`is_hashed`), or begins like it (`is_shortened`).
Never looks into a file: ids do not depend on what is read of which file, in which order or by whom, nor on where the folder
stands.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import Final, NamedTuple

__all__ = ["HashedId", "exchange_id", "file_ids", "hashed_id", "is_hashed", "is_shortened"]

_STEM_LENGTH: Final = 12
_HASH_LENGTH: Final = 4
_LIKE_AN_EXCHANGE: Final = re.compile(r"#[0-9]+\Z")
_HASHED: Final = re.compile(
    rf"(?P<stem>.+)~(?P<hash>[0-9a-f]{{{_HASH_LENGTH},64}})(?:#(?P<exchange>[0-9]{{1,9}}))?", re.DOTALL
)


class HashedId(NamedTuple):
    """An id with a ``~``, taken apart: the beginning of the stem, that of a name's hash, and which exchange of the file."""

    stem: str
    hash: str
    exchange: int


def file_ids(files: Iterable[tuple[str, str]]) -> dict[str, str]:
    """One id for each ``(path, name)``, by path; no id ends as that of an exchange does.

    The first 12 characters of the file's stem; where several files share them, or they end like the id of an exchange, ``~``
    and four hex digits of the hash of the name below the loaded folder (more where four do not tell them apart).
    """
    names = dict(files)
    stems = {path: PurePosixPath(name).stem[:_STEM_LENGTH] for path, name in names.items()}
    shared = Counter(stems.values())
    ids = {path: stem for path, stem in stems.items() if shared[stem] == 1 and not _LIKE_AN_EXCHANGE.search(stem)}
    crowd = [path for path in names if path not in ids]
    length = _HASH_LENGTH
    while crowd:
        # Names are equal where several folders were given; then the path as given has to tell them apart.
        same = Counter(names[path] for path in crowd)
        long = {
            path: f"{stems[path]}~{_hash(names[path] if same[names[path]] == 1 else path)[:length]}" for path in crowd
        }
        times = Counter(long.values())
        taken = set(ids.values())
        ids |= {path: name for path, name in long.items() if times[name] == 1 and name not in taken}
        crowd = [path for path in crowd if path not in ids]
        length += 1
    return ids


def exchange_id(file_id: str, exchange: int, n_exchanges: int) -> str:
    """The id of an exchange: that of its file, with ``#k`` the k-th, from zero, of a file with several."""
    return f"{file_id}#{exchange}" if n_exchanges > 1 else file_id


def hashed_id(text: str) -> HashedId | None:
    """An id that tells files apart which begin alike; None where it is none."""
    found = _HASHED.fullmatch(text)
    return None if found is None else HashedId(found["stem"], found["hash"], int(found["exchange"] or 0))


def is_shortened(stem: str, path: str) -> bool:
    """Whether ids of a file begin with this stem, whatever else was loaded."""
    return PurePosixPath(path).stem[:_STEM_LENGTH] == stem


def is_hashed(id_: HashedId, path: str) -> bool:
    """Whether a load of some folder above gives a file this id."""
    parts = PurePosixPath(path).parts
    names = [path, *("/".join(parts[start:]) for start in range(len(parts)))]
    return is_shortened(id_.stem, path) and any(_hash(name).startswith(id_.hash) for name in names)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
