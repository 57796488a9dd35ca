"""Which media types name a file that nobody can look into."""

from __future__ import annotations

import pytest

from recexplore.capture.journal.file_types import is_archive, is_binary

_ARCHIVES = [
    "application/gzip",
    "Application/X-Gzip ; charset=binary",
    "application/zip",
    "application/zstd",
    "application/pdf",
    "application/vnd.own+zip",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
]
_BINARY = ["application/octet-stream", "application/x-tar", "image/png", "audio/mpeg", "video/mp4", "font/woff2"]
_TEXTS = [
    "",
    "gzip",
    "text/event-stream",
    "application/json",
    "text/zip",
    "application/vnd.amazon.eventstream",
    "/",
    ";",
]


@pytest.mark.parametrize("content_type", [*_ARCHIVES, *_BINARY, *_TEXTS])
def test_what_a_name_tells(content_type: str) -> None:
    assert is_archive(content_type) == (content_type in _ARCHIVES)
    assert is_binary(content_type) == (content_type not in _TEXTS)
