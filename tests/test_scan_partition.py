"""Partitions: neighbours with about as many bytes each, wherever the files are."""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest

import recexplore
from recexplore.read.found_files import found_files
from recexplore.read.options import ReadOptions
from recexplore.scans.partition import partitions_of


@pytest.mark.parametrize("size", [1, 40_000, 100_000, 10**12])
def test_partitions_are_the_files_in_their_order(bundled_folder: Path, size: int) -> None:
    found, _ = found_files(bundled_folder.parent)
    partitions = partitions_of(found, ReadOptions(), size)
    parts = [partition.files()[0] for partition in partitions]

    assert [blob.path for part in parts for blob in part] == [blob.path for blob in found]
    assert [partition.number for partition in partitions] == list(range(len(parts)))
    sizes = [sum(Path(blob.path).stat().st_size for blob in part) for part in parts]
    assert all(n <= size or len(part) == 1 for n, part in zip(sizes, parts, strict=True))
    following = [Path(part[0].path).stat().st_size for part in parts[1:]]
    assert all(n + more > size for n, more in zip(sizes, following, strict=False)), "no partition is cut short"


def test_ids_do_not_depend_on_the_partitions(tmp_path: Path, bundled_folder: Path) -> None:
    recording = next(bundled_folder.glob("*.json")).read_bytes()
    for name in ("a/same.json", "b/same.json", "c/same#0.json"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_bytes(recording)
    expected = recexplore.load(tmp_path, progress=False).recordings["recording"].tolist()

    for size in (1, 10**12):
        partitions = recexplore.scan(tmp_path, max_partition_bytes=size).partitions
        assert [id_ for partition in partitions for id_ in partition.tables().ids] == expected


def test_members_of_an_archive_share_its_bytes(tmp_path: Path, bundled_folder: Path) -> None:
    path = tmp_path / "all.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        archive.add(bundled_folder, "all")
    n_bytes = path.stat().st_size

    assert len(recexplore.scan(path, max_partition_bytes=n_bytes).partitions) == 1
    scan = recexplore.scan(path, max_partition_bytes=n_bytes // 5)
    assert len(scan.partitions) == 5
    assert len(scan.recordings.compute()) == 5


def test_some_files_are_a_corpus(bundled_folder: Path) -> None:
    scan = recexplore.scan(bundled_folder.parent, max_partition_bytes=10_000)
    names = ("f27523", "94d11d")
    paths = [blob.path for part in scan.partitions for blob in part.files()[0] if blob.name.find("llama-stack/") >= 0]
    corpus = scan.part([path for path in reversed(paths) if Path(path).name.startswith(names)]).corpus()

    assert [each.id for each in corpus] == ["94d11daee205", "f27523f3fec8"]
    assert corpus["f27523"].raw(0)
    with pytest.raises(TypeError, match="a partition has no findings"):
        _ = corpus.findings
