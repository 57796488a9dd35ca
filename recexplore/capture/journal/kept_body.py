"""What is kept of an answer's body: its very bytes where the request held no key, else what they say, without keys.

Takes the body read by read, gives what is written of each read. Where the request held a key, a compressed body is kept
unpacked from its first read on, with stars in place of keys as in a plain one; what cannot be unpacked, or grows beyond the
limit, is left out, for nobody knows what it holds. So is a file that is compressed by itself: unpacked it would be another
one. Under an encoding that is no known one, what is text is kept. Never gives compressed bytes of an answer to a request
with a key, as far as its header or its first bytes tell that they are.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from typing import Final, NamedTuple

from recexplore.capture.journal.file_types import is_archive, is_binary
from recexplore.capture.journal.keys import KeyMask
from recexplore.capture.journal.slices import pause
from recexplore.read.wire.compression import ENCODINGS, encoding_names, encoding_told_by, hides_text
from recexplore.read.wire.unpacking import Unpacker

__all__ = ["KeptBody", "KeptRead", "MayHoldKey"]

_MOST_TELLING: Final = 4
"""How many bytes tell the encoding of a body whose header does not."""
_MAX_RATIO: Final = 50
_SMALL_BYTES: Final = 4 * 1024**2
"""Streams shrink to a twentieth at most; what grows more would keep the thread that writes from others."""


class KeptRead(NamedTuple):
    """What is written of a read, and the encodings that were undone; empty where it is as it came."""

    data: bytes
    unpacked: str = ""


class MayHoldKey(ValueError):
    """A read cannot be unpacked, and may hold a key.

    Attributes
    ----------
    kept
        What is written of it: what was unpacked before; None where nothing was.
    """

    def __init__(self, message: str, kept: KeptRead | None = None) -> None:
        super().__init__(message)
        self.kept: Final = kept


class KeptBody:
    """The body of one answer.

    Parameters
    ----------
    keys
        The keys of the request.
    encodings
        The value of ``content-encoding``; empty where there is none.
    content_type
        The same of ``content-type``.
    """

    def __init__(self, keys: KeyMask, encodings: str = "", content_type: str = "") -> None:
        self._keys = keys.anew()
        self._has_keys = keys.pattern is not None
        self._unpacked, self._begun = "", b""
        self._unpacker: Unpacker | None = None
        self._decoder: codecs.IncrementalDecoder | None = None
        """Tells whether it is text, under an encoding that nobody knows."""
        self._error = ""
        self._n_next = 0
        self._is_binary = is_binary(content_type)
        if self._has_keys:
            self._begin(encodings)
            if is_archive(content_type):
                self._give_up("an answer is a file that compresses what it holds, by its `content-type`")

    def next_kept(self, number: int, data: bytes) -> KeptRead:
        """What is written of a read.

        Parameters
        ----------
        number
            Which read it is, from 0; those that are missing never came here.

        Raises
        ------
        MayHoldKey
            It cannot be unpacked, or not to its end.
        """
        if not self._has_keys:
            return KeptRead(data)
        self._note_beginning(data)
        if number != self._n_next:
            self._note_missing()
        self._n_next = number + 1
        data = self._readable(data)
        kept = KeptRead(self._keys.next_masked(data), self._unpacked)
        if self._error:
            raise MayHoldKey(f"{self._error}; it may hold a key and is left out", kept if data else None)
        return kept

    def _readable(self, data: bytes) -> bytes:
        """What a read says, as far as that can be told."""
        if self._unpacker is not None:
            data = b"".join(self._unpacked_by(self._unpacker, data))
            if self._told_by(data):
                self._give_up("an answer is compressed more often than its header says")
                return b""
            return data
        if self._decoder is not None:
            try:
                self._decoder.decode(data)
            except UnicodeDecodeError:
                self._give_up("an answer cannot be unpacked: its encoding is not known")
        return b"" if self._error else data

    def _unpacked_by(self, unpacker: Unpacker, data: bytes) -> Iterator[bytes]:
        """What a read lets unpack, up to what cannot be; other threads are let run before each piece but the first."""
        try:
            for number, piece in enumerate(unpacker.unpack(data)):
                if number:
                    pause()
                yield piece
        except ValueError as error:
            self._give_up(str(error))

    def _begin(self, encodings: str) -> None:
        """The body is so encoded, if at all."""
        names: list[str] = []
        try:
            names = encoding_names(encodings)
            self._unpacked = ", ".join(names)
            self._unpacker = Unpacker(encodings, _most_unpacked) if names else None
            self._begun = b""
        except ValueError as error:
            if not hides_text(encodings):
                self._unpacked, self._decoder = "", codecs.getincrementaldecoder("utf-8")()
                return
            # Of what the server says only what is known is repeated.
            is_known = bool(names) and ENCODINGS.issuperset(names)
            named = f" with `content-encoding: {self._unpacked}`" if is_known else ""
            self._give_up(f"an answer{named} cannot be unpacked: {error}")

    def _note_beginning(self, data: bytes) -> None:
        """See whether a body is compressed whose header does not tell."""
        if self._unpacker or self._decoder or self._error:
            return
        is_late = bool(self._begun)
        if encoding := self._told_by(data):
            if self._is_binary:
                self._give_up(f"an answer is a file that is {encoding}, by its `content-type` and its first bytes")
            elif is_late:
                self._give_up("a compressed answer whose beginning came in several reads is told too late")
            else:
                self._begin(encoding)

    def _told_by(self, data: bytes) -> str:
        """The encoding that the first bytes tell, as far as they came."""
        if len(self._begun) >= _MOST_TELLING:
            return ""
        self._begun += data[:_MOST_TELLING]
        return encoding_told_by(self._begun)

    def _note_missing(self) -> None:
        self._keys.note_gap()
        if self._unpacker is not None:
            self._give_up("a compressed answer of which reads are missing cannot be unpacked")
        if self._decoder is not None:
            self._decoder.reset()

    def _give_up(self, error: str) -> None:
        self._unpacker, self._decoder, self._error = None, None, error


def _most_unpacked(n_packed: int) -> int:
    return max(_SMALL_BYTES, _MAX_RATIO * n_packed)
