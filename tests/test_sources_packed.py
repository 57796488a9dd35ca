"""Files that were packed by themselves, found and named; nothing grows beyond the limits."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from found_blobs import blobs

import recexplore
from recexplore.model import limits


def with_arrow(codec: str) -> Callable[[bytes], bytes]:
    def pack(data: bytes) -> bytes:
        sink = pa.BufferOutputStream()
        with pa.CompressedOutputStream(sink, codec) as stream:
            stream.write(data)
        return bytes(sink.getvalue())

    return pack


PACK = {".gz": gzip.compress, ".zst": with_arrow("zstd"), ".br": with_arrow("brotli")}


@pytest.mark.parametrize("suffix", PACK)
def test_a_packed_recording_is_found_and_read_by_its_own_name(
    suffix: str, bundled_folder: Path, tmp_path: Path
) -> None:
    source = bundled_folder / "94d11daee205.json"
    path = tmp_path / f"94d11daee205.json{suffix}"
    path.write_bytes(PACK[suffix](source.read_bytes()))

    for where in (tmp_path, path, f"{tmp_path}/*{suffix}"):
        corpus = recexplore.load(where, progress=False)
        assert corpus.problems.empty
        assert corpus.recordings[["recording", "path"]].to_numpy().tolist() == [["94d11daee205", str(path)]]
        assert corpus["94d11daee205"].line(0) == recexplore.load(source)["94d11daee205"].line(0)


def test_several_packed_one_behind_the_other_are_one_file(tmp_path: Path) -> None:
    (tmp_path / "a.sse.gz").write_bytes(gzip.compress(b"data: [") + gzip.compress(b"1]\n\n"))

    (blob,) = blobs(tmp_path)
    assert blob.read(99) == b"data: [1]\n\n"


@pytest.mark.parametrize("suffix", PACK)
def test_what_breaks_off_is_given_as_far_as_it_goes(suffix: str, tmp_path: Path) -> None:
    data = b"".join(b"data: %d\n\n" % (n * 7919) for n in range(40_000))
    (tmp_path / f"a.sse{suffix}").write_bytes(PACK[suffix](data)[:-20_000])

    (blob,) = blobs(tmp_path)
    found = blob.read(10**7)
    assert data.startswith(found)
    assert len(found) > len(data) / 4


@pytest.mark.parametrize("suffix", PACK)
def test_what_is_not_packed_as_its_name_says_is_a_problem(suffix: str, tmp_path: Path) -> None:
    (tmp_path / f"a.json{suffix}").write_bytes(b"plainly not packed")

    corpus = recexplore.load(tmp_path, progress=False)
    assert "cannot be unpacked" in corpus.problems["found"].item()


@pytest.mark.parametrize("suffix", PACK)
def test_what_grows_too_far_is_refused(suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / f"a.json{suffix}").write_bytes(PACK[suffix](b" " * 3_000_000))
    (blob,) = blobs(tmp_path)

    with pytest.raises(OSError, match="max_file_bytes"):
        blob.read(1_000_000)
    monkeypatch.setattr(limits, "SMALL_BYTES", 100_000)
    with pytest.raises(OSError, match="200 times"):
        blob.read(10**9)
