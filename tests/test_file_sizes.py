"""Sizes of what is read: known before it is, and each byte of an archive counted once."""

from __future__ import annotations

import zipfile
from pathlib import Path

from recexplore.model.exchange import Blob
from recexplore.read.file_sizes import FileSizes
from recexplore.read.sources import held, search


def test_files_have_the_size_they_were_found_with(tmp_path: Path) -> None:
    for name, size in (("a.json", 10), ("b.json", 300)):
        (tmp_path / name).write_bytes(b" " * size)
    found = [each for each in search(tmp_path) if isinstance(each, Blob)]
    sizes = FileSizes(found)

    assert [sizes.assumed(each) for each in found] == [10, 300]
    assert (sizes.total, sizes.are_known) == (310, True)


def test_members_share_their_archive(tmp_path: Path) -> None:
    path = tmp_path / "all.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for at in range(50):
            archive.writestr(f"{at}.json", "{}")
    found = [each for each in search(path) if isinstance(each, Blob)]
    sizes = FileSizes(found)

    assert [each.n_bytes for each in found] == [None] * 50
    assert path.stat().st_size - 50 <= sizes.total <= path.stat().st_size
    assert sizes.are_known


def test_what_is_in_memory_is_as_large_as_it_is() -> None:
    assert FileSizes([held(b"12345", "x.json")]).total == 5


def test_an_unknown_size_is_that_of_a_usual_recording() -> None:
    blob = Blob("x", "x", lambda limit: b"", ("url", "https://example.org/x"))
    sizes = FileSizes([blob, blob])

    assert not sizes.are_known
    assert sizes.total == 2 * sizes.assumed(blob) > 0
