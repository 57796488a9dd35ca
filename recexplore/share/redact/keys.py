"""The key that pseudonyms and filler are made with: who holds it can tell what stands for what, nobody else.

Takes a path or bytes, gives bytes. A key file is made on first use, readable by its owner alone, and stays where it is.
"""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Final

__all__ = ["Digest", "default_key_file", "read_key"]

_KEY_BYTES: Final = 32
_LEAST_BYTES: Final = 16


def default_key_file() -> Path:
    """Where the key lies if nobody says: in the user's folder of settings."""
    base = os.environ.get("XDG_CONFIG_HOME") or os.path.join(os.path.expanduser("~"), ".config")
    return Path(base) / "recexplore" / "redaction.key"


def read_key(key: str | os.PathLike[str] | bytes | None) -> bytes:
    """The key: bytes as they are, else what a file holds, which is made if it is not there.

    Raises
    ------
    ValueError
        It is shorter than 16 bytes.
    OSError
        The file can neither be read nor made.
    """
    if isinstance(key, bytes):
        found = key
    else:
        path = default_key_file() if key is None else Path(key)
        if not path.exists():
            _make(path)
        found = path.read_bytes().strip()
    if len(found) < _LEAST_BYTES:
        raise ValueError(f"a redaction key has at least {_LEAST_BYTES} bytes, this one has {len(found)}")
    return found


def _make(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with suppress(FileExistsError):
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_hex(_KEY_BYTES).encode() + b"\n")


class Digest:
    """Streams of numbers that follow from the key, a purpose and a text, and from nothing else."""

    def __init__(self, key: bytes) -> None:
        import hashlib

        self._blake = hashlib.blake2b
        self._key = hashlib.sha512(key).digest()

    def numbers(self, purpose: str, text: str, n: int) -> list[int]:
        """``n`` numbers below 65,536."""
        found: list[int] = []
        data = f"{purpose}\0{text}".encode("utf-8", "surrogatepass")
        block = 0
        while len(found) < n:
            digest = self._blake(data + block.to_bytes(4, "big"), key=self._key).digest()
            found += [digest[at] << 8 | digest[at + 1] for at in range(0, 64, 2)]
            block += 1
        return found[:n]
