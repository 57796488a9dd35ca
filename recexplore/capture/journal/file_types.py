"""Media types of answers that are files, and not text that a coding may have compressed.

Takes a ``content-type``, says what it tells of the body. Knows names alone; never looks at a body.
"""

from __future__ import annotations

from typing import Final

__all__ = ["is_archive", "is_binary"]

_ARCHIVES: Final = frozenset(
    [
        "epub+zip", "gzip", "java-archive", "pdf", "vnd.apache.parquet", "vnd.rar", "x-7z-compressed", "x-bzip", "x-bzip2",
        "x-compress", "x-compressed", "x-gtar-compressed", "x-gunzip", "x-gzip", "x-lz4", "x-lzma", "x-rar-compressed",
        "x-tgz", "x-xz", "x-zip-compressed", "x-zstd", "zip", "zlib", "zstd",
    ]
)  # fmt: skip
"""Behind ``application/``: what compresses what it holds."""
_ARCHIVE_BEGINNINGS: Final = ("vnd.openxmlformats-officedocument.", "vnd.oasis.opendocument.")
_ARCHIVE_ENDINGS: Final = ("+gzip", "+zip", "+zstd")
_BINARY: Final = frozenset(["binary", "octet-stream", "wasm", "x-binary", "x-tar"])
_BINARY_KINDS: Final = frozenset(["audio", "font", "image", "video"])


def is_archive(content_type: str) -> bool:
    """Whether it is a file that compresses what it holds."""
    kind, name = _parts(content_type)
    is_named = name in _ARCHIVES or name.startswith(_ARCHIVE_BEGINNINGS) or name.endswith(_ARCHIVE_ENDINGS)
    return kind == "application" and is_named


def is_binary(content_type: str) -> bool:
    """Whether it is a file, which may have been compressed before anybody asked for it."""
    kind, name = _parts(content_type)
    return kind in _BINARY_KINDS or (kind in ("application", "binary") and name in _BINARY) or is_archive(content_type)


def _parts(content_type: str) -> tuple[str, str]:
    kind, _, name = content_type.partition(";")[0].strip().lower().partition("/")
    return kind, name
