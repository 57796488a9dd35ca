"""Short names for recordings: unique in a corpus, and the same wherever the same folder is loaded.

Takes where each exchange was found, gives an id each. Never depends on the order of files or on where the folder stands.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from pathlib import PurePosixPath

__all__ = ["recording_ids"]

_STEM_LENGTH = 12
_HASH_LENGTH = 4


def recording_ids(places: Sequence[tuple[str, str, int, int]]) -> list[str]:
    """One id for each ``(path, name, exchange, exchanges in the file)``.

    The first 12 characters of the file's stem; where several files share them, ``~`` and four hex digits of the hash of
    the name below the loaded folder (more where four do not tell them apart); ``#k`` for the k-th exchange, from zero, of
    a file with several.
    """
    files = {path: name for path, name, _, _ in places}
    stems = {path: PurePosixPath(name).stem[:_STEM_LENGTH] for path, name in files.items()}
    shared = Counter(stems.values())
    ids = {path: stem for path, stem in stems.items() if shared[stem] == 1}
    crowd = [path for path in files if path not in ids]
    length = _HASH_LENGTH
    while crowd:
        # Names are equal where several folders were given; then the path as given has to tell them apart.
        names = Counter(files[path] for path in crowd)
        long = {
            path: f"{stems[path]}~{_hash(files[path] if names[files[path]] == 1 else path)[:length]}" for path in crowd
        }
        times = Counter(long.values())
        taken = set(ids.values())
        ids |= {path: name for path, name in long.items() if times[name] == 1 and name not in taken}
        crowd = [path for path in crowd if path not in ids]
        length += 1
    return _numbered([(ids[path], exchange, n) for path, _, exchange, n in places])


def _numbered(files: list[tuple[str, int, int]]) -> list[str]:
    ids = [f"{name}#{exchange}" if n > 1 else name for name, exchange, n in files]
    length = _HASH_LENGTH
    # A stem may itself look like the exchange of another file.
    while len(set(ids)) < len(ids) and length <= 64:
        times = Counter(ids)
        ids = [
            f"{own}~{_hash(f'{own} of {file}')[:length]}" if times[own] > 1 else own
            for own, file in zip(ids, files, strict=True)
        ]
        length += 1
    return ids


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
