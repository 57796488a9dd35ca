"""How many bytes there are to read.

Takes files that were found, says the size of each, of a member of an archive its share of that, as far as sizes are known
before anything is read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from recexplore.model.exchange import Blob, n_bytes_of

__all__ = ["FileSizes"]

_UNKNOWN_FILE_BYTES: Final = 100_000
"""What a file counts whose size is not known before it is read."""


class FileSizes:
    """The sizes of some files.

    Attributes
    ----------
    total
        Of all of them, as `assumed`.
    are_known
        Whether each is known.
    """

    def __init__(self, found: Sequence[Blob]) -> None:
        n_members = Counter(blob.archive for blob in found if blob.archive is not None)
        self._shares = {
            archive: n_bytes // n for archive, n in n_members.items() if (n_bytes := n_bytes_of(archive)) is not None
        }
        sizes = [self._of(blob) for blob in found]
        self.are_known = None not in sizes
        self.total = sum(_UNKNOWN_FILE_BYTES if size is None else size for size in sizes)

    def assumed(self, blob: Blob) -> int:
        """The size of one of the files, or that of a usual recording where it is not known."""
        size = self._of(blob)
        return _UNKNOWN_FILE_BYTES if size is None else size

    def _of(self, blob: Blob) -> int | None:
        return blob.n_bytes if blob.archive is None else self._shares.get(blob.archive)
