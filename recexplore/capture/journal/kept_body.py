"""What is kept of an answer's body: its very bytes, unless they hold a key of the request.

Takes the body read by read, gives what is written of each read. Of a plain body that is its bytes, with stars in place of
keys. A compressed one is unpacked beside: its bytes are kept as they are until what is in them shows a key; from that read
on what is kept is unpacked, without keys. A compressed body that cannot be unpacked is left out, for nobody knows what it
holds, unless the request had no keys.
"""

from __future__ import annotations

import codecs
from typing import Final, NamedTuple

from recexplore.capture.journal.keys import KeyMask
from recexplore.read.wire.compression import encoding_told_by
from recexplore.read.wire.unpacking import Unpacker

__all__ = ["KeptBody", "KeptRead", "MayHoldKey"]

_MOST_TELLING: Final = 4
"""How many bytes tell the encoding of a body whose header does not."""


class MayHoldKey(ValueError):
    """A read that is not kept: it cannot be unpacked, and may hold a key."""


class KeptRead(NamedTuple):
    """What is written of a read, and the encodings that were undone; empty where it is as it came."""

    data: bytes
    unpacked: str = ""


class KeptBody:
    """The body of one answer.

    Parameters
    ----------
    keys
        The keys of the request.
    encodings
        The value of ``content-encoding``; empty where there is none.
    """

    def __init__(self, keys: KeyMask, encodings: str = "") -> None:
        self._plain, self._within = keys.anew(), keys.anew()
        self._has_keys = keys.pattern is not None
        self._encodings, self._begun = encodings, b""
        self._text = codecs.getincrementaldecoder("utf-8")()
        self._is_text, self._is_packed = True, False
        """Whether all that came is text, as it is where a header names an encoding that was undone already; whether an
        encoding was told, by the header or by the first bytes."""
        self._unpacker: Unpacker | None = None
        self._is_unpacked = False
        self._error = ""
        self._n_next = 0
        if encodings and self._has_keys:
            self._begin(encodings)

    def next_kept(self, number: int, data: bytes) -> KeptRead:
        """What is written of a read.

        Parameters
        ----------
        number
            Which read it is, from 0; those that are missing never came here.

        Raises
        ------
        MayHoldKey
            It cannot be unpacked.
        """
        if not self._has_keys:
            return KeptRead(data)
        if not self._is_packed and len(self._begun) >= _MOST_TELLING:
            return KeptRead(self._plain.next_masked(data))
        if number != self._n_next and self._is_packed:
            self._give_up("a compressed answer of which reads are missing cannot be unpacked")
        self._n_next = number + 1
        self._note_text(data)
        unpacked = self._unpacked(data)
        shown = self._plain.next_masked(data)
        if unpacked is None:
            if self._is_packed and not self._is_text:
                raise MayHoldKey(f"{self._error}; it may hold a key and is left out")
            return KeptRead(shown)
        within = self._within.next_masked(unpacked)
        if not self._is_unpacked and within == unpacked and (shown == data or self._is_text):
            return KeptRead(shown)
        self._is_unpacked = True
        return KeptRead(within, self._encodings)

    def _begin(self, encodings: str) -> None:
        self._is_packed, self._encodings = True, encodings
        try:
            self._unpacker = Unpacker(encodings)
        except ValueError as error:
            self._give_up(f"an answer with `content-encoding: {encodings}` cannot be unpacked: {error}")

    def _note_text(self, data: bytes) -> None:
        if self._is_text:
            try:
                self._text.decode(data)
            except UnicodeDecodeError:
                self._is_text = False

    def _unpacked(self, data: bytes) -> bytes | None:
        """What a read lets unpack; None where the body is not compressed, or cannot be unpacked."""
        if not self._is_packed and len(self._begun) < _MOST_TELLING:
            self._begun += data
            if encodings := encoding_told_by(self._begun):
                self._begin(encodings)
                data = self._begun
        if self._unpacker is None:
            return None
        try:
            return self._unpacker.unpack(data)
        except ValueError as error:
            self._give_up(str(error))
            return None

    def _give_up(self, error: str) -> None:
        self._unpacker, self._error = None, error
