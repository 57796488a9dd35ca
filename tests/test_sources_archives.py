from __future__ import annotations

import bz2
import gc
import gzip
import io
import lzma
import os
import random
import signal
import stat
import tarfile
import threading
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from found_blobs import blobs
from loaded_frames import LOADED, no_rule_fails

import recexplore
from recexplore import SourceChanged
from recexplore.corpus import Corpus
from recexplore.model import limits
from recexplore.model.schema import FRAMES
from recexplore.read.sources import archives, cut_zip

pytestmark = pytest.mark.long

TARS = ("tar", "tar.gz", "tgz", "tar.bz2", "tar.xz", "tar.zst", "tzst")
KINDS = ("zip", *TARS)
LIMIT = 1 << 28


class Hangs(BaseException):
    """No handler of the code under test may take it for an error of its own."""


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Ends what takes longer."""
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def ring(*_: object) -> None:
        raise Hangs(f"not done after {seconds} s")

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def zipped(members: Mapping[str, bytes] | list[tuple[str, bytes]], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # two members of one name
        for name, data in members.items() if isinstance(members, Mapping) else members:
            archive.writestr(name, data)
    return file.getvalue()


def tarred(members: Mapping[str, bytes] | list[tuple[str, bytes]], kind: str = "tar") -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for name, data in members.items() if isinstance(members, Mapping) else members:
            about = tarfile.TarInfo(name)
            about.size = len(data)
            archive.addfile(about, io.BytesIO(data))
    return packed(file.getvalue(), kind)


def packed(data: bytes, kind: str) -> bytes:
    if kind in ("tar.gz", "tgz"):
        return gzip.compress(data, mtime=0)
    if kind == "tar.bz2":
        return bz2.compress(data)
    if kind == "tar.xz":
        return lzma.compress(data)
    if kind in ("tar.zst", "tzst"):
        sink = pa.BufferOutputStream()
        with pa.CompressedOutputStream(sink, "zstd") as stream:
            stream.write(data)
        return sink.getvalue().to_pybytes()
    return data


def archived(members: Mapping[str, bytes] | list[tuple[str, bytes]], kind: str) -> bytes:
    return zipped(members) if kind == "zip" else tarred(members, kind)


def write(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def load(path: object, **options: object) -> Corpus:
    return recexplore.load(path, progress=False, **options)  # type: ignore[arg-type]


def names(path: object) -> list[str]:
    return [blob.name for blob in blobs(path)]  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def documents(bundled_folder: Path) -> dict[str, bytes]:
    folder = bundled_folder.parent / "made"
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.json"))}


def assert_same(one: Corpus, other: Corpus) -> None:
    """All frames, the place where the recordings were found aside."""
    for name in FRAMES:
        left, right = (getattr(each, name) for each in (one, other))
        without = [column for column in ("path",) if column in left.columns]
        pd.testing.assert_frame_equal(left.drop(columns=without), right.drop(columns=without))


# --- what is in an archive is what is in the folder ------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_an_archive_gives_the_frames_of_the_folder(
    kind: str, documents: dict[str, bytes], made: Corpus, tmp_path: Path
) -> None:
    path = write(tmp_path, f"made.{kind}", archived(documents, kind))
    found = load(path)

    assert_same(found, made)
    assert found.recordings["path"].tolist() == [f"{path}!/{name}" for name in documents]


@pytest.mark.parametrize("kind", ["zip", "tar", "tar.gz", "tar.zst"])
def test_raw_chunks_in_any_order(kind: str, documents: dict[str, bytes], made: Corpus, tmp_path: Path) -> None:
    found = load(write(tmp_path, f"made.{kind}", archived(documents, kind)))
    there = [(each.id, at) for each in made for at in each.chunks["chunk"]]
    random.Random(5).shuffle(there)

    for name, at in [*there[:40], *reversed(there[:40])]:
        assert found[name].raw(at) == made[name].raw(at)


@pytest.mark.parametrize("kind", ["zip", "tar.gz"])
def test_several_processes(kind: str, documents: dict[str, bytes], made: Corpus, tmp_path: Path) -> None:
    found = load(write(tmp_path, f"made.{kind}", archived(documents, kind)), jobs=2)

    assert_same(found, made)
    last = list(made)[-1]
    assert found[last.id].raw(0) == last.raw(0)


@pytest.mark.parametrize("kind", ["zip", "tar.gz"])
def test_an_archive_named_twice_gives_each_member_once(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = write(tmp_path, f"a.{kind}", archived({"x.json": b"1", "y.json": b"1"}, kind))
    monkeypatch.chdir(tmp_path)
    found = list(blobs([archive, f"./a.{kind}"]))

    assert [blob.name for blob in found] == ["x.json", "y.json"]
    about = archive.stat()
    assert found[0].identity == ("file", str(archive), about.st_size, about.st_mtime_ns, "x.json")


def test_two_archives_that_are_damaged_alike_are_both_told(tmp_path: Path) -> None:
    places = [write(tmp_path, name, b"no archive") for name in ("a.zip", "b.zip")]

    assert [blob.path for blob in blobs(places)] == [str(place) for place in places]


def test_the_name_says_what_it_is_in_any_case(tmp_path: Path) -> None:
    assert [name for name in ("a.ZIP", "b.Tar.GZ", "c.tgz", "d.gz", "e.json", "zip") if archives.is_archive(name)] == [
        "a.ZIP",
        "b.Tar.GZ",
        "c.tgz",
    ]
    path = write(tmp_path, "A.ZIP", zipped({"a.json": b"1"}))
    assert names(path) == ["a.json"]


def test_an_archive_in_a_folder_is_no_recording_and_a_glob_finds_it(tmp_path: Path) -> None:
    write(tmp_path, "one.zip", zipped({"a.json": b"1"}))
    write(tmp_path, "two.tar", tarred({"a.json": b"2"}))

    assert names(tmp_path) == []
    assert [blob.path for blob in blobs(f"{tmp_path}/*")] == [
        f"{tmp_path}/one.zip!/a.json",
        f"{tmp_path}/two.tar!/a.json",
    ]
    assert [blob.path for blob in blobs([tmp_path / "one.zip", tmp_path / "one.zip"])] == [
        f"{tmp_path}/one.zip!/a.json"
    ]


def test_an_archive_whose_name_is_no_printable_text(tmp_path: Path) -> None:
    path = write(tmp_path, "no\N{NO-BREAK SPACE}break\ttab.zip", zipped({"a.json": b"1"}))
    (found,) = blobs(path)

    assert found.read(LIMIT) == b"1"
    assert found.path.isprintable()


def test_a_relative_place_and_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "one.zip", zipped({"a.json": b"1"}))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))

    assert [blob.path for blob in blobs("one.zip")] == ["one.zip!/a.json"]
    assert [blob.read(9) for blob in blobs("~/one.zip")] == [b"1"]


# --- which members ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_only_recordings_and_nothing_hidden(kind: str, tmp_path: Path) -> None:
    members = dict.fromkeys(("b.json", "a/x.YAML", "c.md", ".h.json", "__MACOSX/._b.json", "a/e", "z.har"), b"1")
    path = write(tmp_path, f"a.{kind}", archived(members, kind))

    assert names(path) == ["b.json", "a/x.YAML", "z.har"]


@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_hidden_folders_are_left_out_as_on_disk(kind: str, tmp_path: Path) -> None:
    members = dict.fromkeys((".git/b.json", "a/.cache/c.json", "a/d.json", "./e.json"), b"1")
    path = write(tmp_path, f"a.{kind}", archived(members, kind))

    assert names(path) == ["a/d.json", "e.json"]


def test_links_devices_and_folders_are_left_out_of_a_tar(tmp_path: Path) -> None:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for number, kind in enumerate(
            (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE)
        ):
            about = tarfile.TarInfo(f"{number}.json")
            about.type, about.linkname = kind, "/etc/passwd"
            archive.addfile(about)
        about = tarfile.TarInfo("real.json")
        about.size = 1
        archive.addfile(about, io.BytesIO(b"1"))
    path = write(tmp_path, "a.tar", file.getvalue())

    assert [(blob.name, blob.read(9)) for blob in blobs(path)] == [("real.json", b"1")]


def test_links_and_folders_are_left_out_of_a_zip(tmp_path: Path) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        link = zipfile.ZipInfo("link.json")
        link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("folder.json/", "")
        archive.writestr("real.json", "1")
    path = write(tmp_path, "a.zip", file.getvalue())

    assert names(path) == ["real.json"]


@pytest.mark.parametrize("kind", ["zip", "tar", "tar.gz"])
def test_two_members_of_one_name(kind: str, documents: dict[str, bytes], tmp_path: Path) -> None:
    one, other = documents["reasoning.json"], documents["refusal.json"]
    members = [("a.json", one), ("b.json", other), ("a.json", other), ("./a.json", one)]
    corpus = load(write(tmp_path, f"a.{kind}", archived(members, kind)))

    assert corpus.recordings["path"].is_unique
    assert corpus.recordings["recording"].is_unique
    first, second, third, fourth = corpus
    assert first.raw(0) == fourth.raw(0) != second.raw(0) == third.raw(0)


def test_names_that_are_shown_alike_are_told_apart(documents: dict[str, bytes], tmp_path: Path) -> None:
    members = {"a\tb.json": documents["reasoning.json"], "a\\tb.json": documents["refusal.json"]}
    corpus = load(write(tmp_path, "a.tar", tarred(members)))

    first, second = corpus
    assert first.raw(0) != second.raw(0)


@pytest.mark.parametrize("kind", ["zip", "tar", "tar.gz"])
def test_nothing_is_ever_written(
    kind: str, documents: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = documents["reasoning.json"]
    here, temporary = tmp_path / "here" / "deep", tmp_path / "tmp"
    here.mkdir(parents=True)
    temporary.mkdir()
    hostile = [f"{tmp_path}/absolute.json", "../up.json", "../../up.json", "a/../../b.json", "C:\\x.json", "//h/y.json"]
    path = write(tmp_path, f"a.{kind}", archived([(name, data) for name in hostile], kind))
    monkeypatch.chdir(here)
    for variable in ("TMPDIR", "TEMP", "TMP"):
        monkeypatch.setenv(variable, str(temporary))
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    before = sorted(tmp_path.rglob("*"))
    corpus = load(path)

    assert len(corpus) == len(hostile)
    assert all(place.startswith(f"{path}!/") for place in corpus.recordings["path"])
    first = next(iter(corpus))
    for each in corpus:
        assert each.raw(0) == first.raw(0)
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_an_archive_in_an_archive_is_not_opened(kind: str, documents: dict[str, bytes], tmp_path: Path) -> None:
    inner = zipped(documents)
    corpus = load(write(tmp_path, f"a.{kind}", archived({"inner.zip": inner, "x.json": inner}, kind)))

    assert len(corpus) == 0
    assert corpus.problems["path"].tolist() == [f"{tmp_path}/a.{kind}!/x.json"]


# --- what is refused -------------------------------------------------------------------------------------------------


def test_an_encrypted_member_is_a_problem_of_its_own(documents: dict[str, bytes], tmp_path: Path) -> None:
    data = bytearray(zipped(documents))
    first, central = data.find(b"PK\x03\x04"), data.find(b"PK\x01\x02")
    data[first + 6] |= 1
    data[central + 8] |= 1
    corpus = load(write(tmp_path, "a.zip", bytes(data)))

    assert len(corpus) == len(documents) - 1
    assert corpus.problems["found"].tolist() == ["the member is encrypted"]
    assert corpus.problems["path"].item().endswith(f"!/{next(iter(documents))}")


def test_a_zip_member_that_grows_too_much(
    documents: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "SMALL_BYTES", 100_000)
    data = documents["refusal.json"]
    corpus = load(write(tmp_path, "a.zip", zipped({"bomb.json": b" " * 500_000, "good.json": data})))

    assert len(corpus) == 1
    assert corpus.problems["found"].tolist() == ["grows to more than 200 times its size"]


@pytest.mark.parametrize("kind", ["tar.gz", "tar.bz2", "tar.xz", "tar.zst"])
def test_a_tar_that_grows_too_much(
    kind: str, documents: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "SMALL_BYTES", 100_000)
    data = documents["refusal.json"]
    corpus = load(write(tmp_path, f"a.{kind}", tarred({"good.json": data, "bomb.md": b" " * 5_000_000}, kind)))

    assert len(corpus) == 1
    assert corpus.problems["found"].str.contains("200 times its size").tolist() == [True]


def test_a_member_larger_than_the_limit(documents: dict[str, bytes], tmp_path: Path) -> None:
    size = len(documents["refusal.json"])
    for kind in ("zip", "tar"):
        (found,) = blobs(write(tmp_path, f"a.{kind}", archived({"a.json": documents["refusal.json"]}, kind)))
        assert len(found.read(size)) == size
        with pytest.raises(OSError, match=rf"{size} bytes; the limit is {size - 1} \(max_file_bytes\)"):
            found.read(size - 1)


@pytest.mark.parametrize("kind", ["zip", "tar", "tar.gz"])
def test_too_many_members(
    kind: str, documents: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "MAX_MEMBERS", 3)
    corpus = load(write(tmp_path, f"a.{kind}", archived(documents, kind)))

    assert len(corpus) == 3
    assert corpus.problems["found"].tolist() == ["the archive cannot be read further: more than 3 members"]
    assert corpus.problems["path"].tolist() == [f"{tmp_path}/a.{kind}"]


def test_a_zip_that_grows_too_large_altogether(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MAX_INFLATED_BYTES", 2500)
    path = write(tmp_path, "a.zip", zipped({f"{n}.json": os.urandom(1000) for n in range(4)}))
    found = list(blobs(path))

    assert [len(blob.read(LIMIT)) for blob in found[:2]] == [1000, 1000]
    for blob in found[2:]:
        with pytest.raises(OSError, match="more than 2500 bytes"):
            blob.read(LIMIT)


def test_looking_at_raw_chunks_for_long_does_not_use_the_limit_up(
    documents: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    members = {name: documents[name] for name in ("reasoning.json", "refusal.json")}
    monkeypatch.setattr(archives, "MAX_INFLATED_BYTES", 2 * sum(map(len, members.values())))
    corpus = load(write(tmp_path, "a.zip", zipped(members)))

    assert corpus.problems.empty
    for _ in range(5):
        for each in corpus:
            assert each.raw(0) is not None


def test_a_tar_that_grows_too_large_altogether(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MAX_INFLATED_BYTES", 30_000)
    corpus = load(write(tmp_path, "a.tar.gz", tarred({f"{n}.json": os.urandom(9_000) for n in range(5)}, "tar.gz")))

    whole = corpus.problems[corpus.problems["path"] == f"{tmp_path}/a.tar.gz"]
    assert whole["found"].str.contains("more than 30000 bytes").tolist() == [True]


def test_a_sparse_member_of_a_tar_does_not_grow_without_limit(tmp_path: Path) -> None:
    size = 200_000_000
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as archive:
        about = tarfile.TarInfo("bomb.json")
        about.pax_headers = {"GNU.sparse.map": f"{size},0", "GNU.sparse.size": str(size)}
        archive.addfile(about)
    (found,) = blobs(write(tmp_path, "a.tar", file.getvalue()))

    with pytest.raises(OSError, match=r"grows|more than"):
        found.read(LIMIT)


def test_a_zip_without_an_end_does_not_grow_without_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MAX_INFLATED_BYTES", 1_000_000)
    whole = zipped({f"{n}.json": b" " * 200_000 for n in range(50)})
    path = write(tmp_path, "a.zip", whole[: whole.rfind(b"PK\x01\x02") - 1])
    held = 0
    for blob in blobs(path):
        try:
            held += len(blob.read(LIMIT))
        except OSError:
            continue

    assert held <= 1_000_000


def test_a_zip_without_an_end_does_not_take_forever(tmp_path: Path) -> None:
    header = cut_zip._HEADER.pack(0, 8, 0, 9, 9, 1, 0).replace(b"\0\0\0\0", b"PK\x03\x04", 1)
    path = write(tmp_path, "a.zip", (header + b"x\xff\xff\xff") * 100_000)
    assert path.read_bytes().startswith(b"PK\x03\x04")

    with within(2):
        list(blobs(path))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
@pytest.mark.parametrize("name", ["a.zip", "a.tar"])
def test_a_pipe_is_not_waited_for(name: str, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / name)

    with within(1):
        corpus = load(tmp_path / name)
    assert len(corpus.problems) == 1


# --- what is damaged -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("data", [b"", b"PK", b"{}", b'{"a": 1}' * 100, bytes(5000), random.Random(1).randbytes(5000)])
def test_what_is_no_archive_though_its_name_says_so(kind: str, data: bytes, tmp_path: Path) -> None:
    corpus = load(write(tmp_path, f"a.{kind}", data))

    assert len(corpus) == 0
    # Tar ends with empty blocks: a file of zeros is an empty one.
    assert len(corpus.problems) == (0 if kind == "tar" and data == bytes(5000) else 1)
    assert set(corpus.problems["path"]) <= {f"{tmp_path}/a.{kind}"}


@pytest.mark.parametrize("kind", KINDS)
def test_an_empty_archive_has_no_recordings(kind: str, tmp_path: Path) -> None:
    corpus = load(write(tmp_path, f"a.{kind}", archived({}, kind)))

    assert len(corpus) == len(corpus.problems) == 0


def test_a_missing_archive_and_one_that_was_deleted_later(documents: dict[str, bytes], tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "a.zip")
    for kind in ("zip", "tar"):
        path = write(tmp_path, f"a.{kind}", archived(documents, kind))
        corpus = load(path)
        path.write_bytes(archived({"other.json": documents["refusal.json"]}, kind))
        if kind == "tar":
            with pytest.raises(SourceChanged):
                list(corpus)[-1].raw(0)


def cuts(size: int, n: int = 12) -> list[int]:
    return sorted({*random.Random(3).sample(range(size), n), size - 1, size - 25})


def whole_members(tar: bytes) -> list[str]:
    """The names of those whose header and data are there, of headers without extensions."""
    found, at = [], 0
    while len(tar) - at >= 512 and tar[at]:
        size = int(tar[at + 124 : at + 135], 8)
        if at + 512 + size > len(tar):
            break
        found.append(tar[at : at + 100].rstrip(b"\0").decode())
        at += 512 + -(-size // 512) * 512
    return found


@pytest.mark.parametrize("kind", ["tar", "tar.gz"])
def test_a_tar_that_is_cut_gives_the_members_before_the_cut(
    kind: str, documents: dict[str, bytes], tmp_path: Path
) -> None:
    data = tarred(documents, kind)
    end = sum(512 + -(-len(each) // 512) * 512 for each in documents.values())
    for cut in cuts(len(data)):
        if kind == "tar" and cut >= end:
            continue
        plain = data[:cut] if kind == "tar" else zlib.decompressobj(31).decompress(data[:cut])
        corpus = load(write(tmp_path, f"a.{kind}", data[:cut]))
        assert [each.rpartition("!/")[2] for each in corpus.recordings["path"]] == whole_members(plain), cut
        assert len(corpus.problems) == 1, (cut, corpus.problems["found"].tolist())


def test_a_zip_that_is_cut_gives_the_members_before_the_cut(documents: dict[str, bytes], tmp_path: Path) -> None:
    data = zipped(documents)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        ends = {
            each.filename: each.header_offset + 30 + len(each.filename) + each.compress_size
            for each in archive.infolist()
        }
    for cut in cuts(len(data)):
        corpus = load(write(tmp_path, "a.zip", data[:cut]))
        whole = [name for name, end in ends.items() if end <= cut]
        assert [each.rpartition("!/")[2] for each in corpus.recordings["path"]] == whole, cut
        assert len(corpus.problems) == 1, (cut, corpus.problems["found"].tolist())


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_zip_written_to_a_pipe_and_cut(method: int, documents: dict[str, bytes], tmp_path: Path) -> None:
    """Its headers do not know the sizes: descriptors behind the members do."""

    class Pipe(io.RawIOBase):
        def __init__(self) -> None:
            self.data = bytearray()

        def writable(self) -> bool:
            return True

        def write(self, data: object) -> int:
            self.data += bytes(data)  # type: ignore[call-overload]
            return len(bytes(data))  # type: ignore[call-overload]

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", method) as archive:  # type: ignore[call-overload]
        for name, data in documents.items():
            archive.writestr(name, data)
    cut = pipe.data.find(b"PK\x01\x02")
    corpus = load(write(tmp_path, "a.zip", bytes(pipe.data[:cut])))

    if method == zipfile.ZIP_DEFLATED:
        assert len(corpus) == len(documents)
    assert corpus.problems["path"].tolist() == [f"{tmp_path}/a.zip"]


def test_a_cut_zip_keeps_names_apart_and_hidden_ones_out(documents: dict[str, bytes], tmp_path: Path) -> None:
    one, other = documents["reasoning.json"], documents["refusal.json"]
    data = zipped([("a.json", one), (".h.json", one), ("x/", b""), ("a.json", other), ("z.md", one)])
    corpus = load(write(tmp_path, "a.zip", data[: data.find(b"PK\x01\x02")]))

    assert len(corpus) == 2
    assert corpus.recordings["path"].is_unique
    first, second = corpus
    assert first.raw(0) != second.raw(0)


def read_all(path: Path) -> Corpus:
    """All that loading gives of what is damaged."""
    corpus = load(path)
    for name in LOADED:
        getattr(corpus, name)
    for each in corpus:
        if len(each.chunks):
            each.raw(0)
    return corpus


def assert_all_are_read(paths: Sequence[Path]) -> None:
    failures: dict[str, Path] = {}
    for path in paths:
        try:
            with within(5):
                read_all(path)
        except (Exception, Hangs) as error:
            failures[f"{type(error).__name__}: {error}"[:80]] = path
    assert not failures, failures


def small(documents: dict[str, bytes]) -> dict[str, bytes]:
    return {name: documents[name] for name in ("refusal.json", "bad-request.json")}


def damaged(data: bytes, dice: random.Random) -> bytes:
    changed = bytearray(data)
    match dice.randrange(4):
        case 0:
            return data[: dice.randrange(len(data))]
        case 1:
            start = dice.randrange(len(data))
            return data[:start] + data[start + dice.randrange(600) :]
        case 2:
            for _ in range(dice.randrange(1, 4)):
                changed[dice.randrange(len(data))] ^= 1 << dice.randrange(8)
        case _:
            # Where the structure is: names, sizes, offsets.
            places = [at for at in range(len(data)) if data[at : at + 2] == b"PK"] or [0, 512]
            at = min(dice.choice(places) + dice.randrange(60), len(data) - 1)
            changed[at] = dice.choice((0, 1, 0x7F, 0x80, 0xFF, dice.randrange(256)))
    return bytes(changed)


@pytest.mark.parametrize("kind", ["zip", "tar", "tar.gz", "tar.bz2", "tar.xz", "tar.zst"])
def test_no_damage_is_an_exception_and_none_hangs(kind: str, documents: dict[str, bytes], tmp_path: Path) -> None:
    data, dice = archived(small(documents), kind), random.Random(11)
    n = 50 if kind in ("zip", "tar") else 15
    paths = [write(tmp_path, f"{number}.{kind}", damaged(data, dice)) for number in range(n)]
    assert_all_are_read(paths)
    no_rule_fails(paths)


@pytest.mark.parametrize(("header", "at", "byte"), [(b"PK\3\4", 30, 255), (b"PK\1\2", 46, 255), (b"PK\1\2", 6, 255)])
def test_a_zip_whose_names_or_versions_are_damaged(
    header: bytes, at: int, byte: int, documents: dict[str, bytes], tmp_path: Path
) -> None:
    data = bytearray(zipped({"é.json": documents["refusal.json"], "b.json": documents["reasoning.json"]}))
    data[data.find(header) + at] = byte
    corpus = read_all(write(tmp_path, "a.zip", bytes(data)))

    assert len(corpus.problems) == 1
    assert "failed" not in corpus.findings.attrs


def tar_checksummed(block: bytes) -> bytes:
    header = bytearray(block)
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header[:512])
    return bytes(header)


def test_no_damage_to_a_tar_header_with_a_sound_checksum_is_an_exception(
    documents: dict[str, bytes], tmp_path: Path
) -> None:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as archive:
        about = tarfile.TarInfo("é" * 120 + ".json")
        about.pax_headers = {"comment": "x", "mtime": "1.5", "GNU.sparse.major": "1", "GNU.sparse.minor": "0"}
        about.size = len(documents["refusal.json"])
        archive.addfile(about, io.BytesIO(documents["refusal.json"]))
    data, dice = file.getvalue(), random.Random(13)
    paths = []
    for number in range(60):
        changed = bytearray(data)
        start = dice.choice((0, 512, 1024))
        for _ in range(dice.randrange(1, 3)):
            changed[start + dice.randrange(512)] = dice.choice((0, 0x30, 0x39, 0x80, 0xFF, 0x53, dice.randrange(256)))
        if start != 512:
            changed[start : start + 512] = tar_checksummed(bytes(changed[start : start + 512]))
        paths.append(write(tmp_path, f"{number}.tar", bytes(changed)))
    assert_all_are_read(paths)
    no_rule_fails(paths)


@pytest.mark.parametrize(
    "headers",
    [
        {"GNU.sparse.map": "x,y", "GNU.sparse.size": "5"},
        {"GNU.sparse.map": "1", "GNU.sparse.size": "5"},
        {"GNU.sparse.size": "five", "GNU.sparse.map": "0,0"},
        {"GNU.sparse.size": "-5", "GNU.sparse.map": "0,-5"},
        {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": "5"},
        {"size": "-1"},
        {"size": "99999999999999999999"},
        {"size": "x"},
        {"path": "\0.json"},
        {"mtime": "nan", "uid": "x"},
    ],
    ids=str,
)
def test_odd_extended_headers_of_a_tar(headers: dict[str, str], documents: dict[str, bytes], tmp_path: Path) -> None:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, own in (("odd.json", headers), ("next.json", {})):
            about = tarfile.TarInfo(name)
            about.pax_headers, about.size = own, len(documents["refusal.json"])
            archive.addfile(about, io.BytesIO(documents["refusal.json"]))

    with within(2):
        corpus = read_all(write(tmp_path, "a.tar", file.getvalue()))
    assert "failed" not in corpus.findings.attrs


# --- what is left open -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["zip", "tar.gz", "tar.zst"])
def test_open_files_are_closed(kind: str, documents: dict[str, bytes], tmp_path: Path) -> None:
    folder = Path("/proc/self/fd")
    if not folder.exists():
        pytest.skip("this system does not list open files")
    sound = archived(small(documents), kind)
    gc.collect()
    before = len(os.listdir(folder))
    for number, data in enumerate((sound, sound[:-30], b"", sound[:200])):
        path = write(tmp_path, f"{number}.{kind}", data)
        read_all(path)
        next(blobs(path), None)

    gc.collect()
    assert len(os.listdir(folder)) == before


def test_nothing_is_read_of_a_zip_but_its_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path, "a.zip", zipped({"a.json": b"1", "b.json": b"2"}))
    opened: list[object] = []
    original: Callable[..., object] = zipfile.ZipFile.open
    monkeypatch.setattr(zipfile.ZipFile, "open", lambda self, *rest: (opened.append(rest), original(self, *rest))[1])
    found = list(blobs(path))

    assert not opened
    assert found[1].read(9) == b"2"
    assert len(opened) == 1
