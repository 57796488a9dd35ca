from __future__ import annotations

import io
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar

import fsspec
import pandas as pd
import pytest
from found_blobs import blobs
from fsspec.implementations.memory import MemoryFileSystem
from fsspec.registry import _registry as fsspec_registry
from fsspec.registry import known_implementations
from fsspec.spec import AbstractFileSystem

import recexplore
from recexplore.corpus import Corpus
from recexplore.model.schema import FRAMES
from recexplore.read.sources import urls

SECRETS = ("alice", "hunter2", "t0ken")


@pytest.fixture(scope="module")
def documents(bundled_folder: Path) -> dict[str, bytes]:
    folder = bundled_folder.parent / "made"
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.json"))}


@pytest.fixture
def memory() -> Iterator[Callable[[str, bytes], None]]:
    """Puts bytes where ``memory://`` finds them."""
    files = fsspec.filesystem("memory")

    def clean() -> None:
        MemoryFileSystem.store.clear()
        MemoryFileSystem.pseudo_dirs[:] = [""]

    clean()
    yield files.pipe_file
    clean()


def load(where: Any, **options: Any) -> Corpus:
    return recexplore.load(where, progress=False, **options)


def names(where: Any) -> list[str]:
    return [blob.name for blob in blobs(where)]


def assert_same(one: Corpus, other: Corpus) -> None:
    for name in FRAMES:
        left, right = (getattr(each, name).drop(columns="path", errors="ignore") for each in (one, other))
        pd.testing.assert_frame_equal(left, right)


# --- what is a URL ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["s3://b/x", "memory://x", "https://h/x", "file:///x", "git+ssh://h/x", "a.b-c://x"])
def test_a_url(place: str) -> None:
    assert urls.is_url(place)


@pytest.mark.parametrize("place", ["C:\\x", "C:/x", "c://x", "x", "/a://b", "a b://c", "", "://x", "x:y", "1://a"])
def test_a_path(place: str) -> None:
    assert not urls.is_url(place)


# --- where it leads --------------------------------------------------------------------------------------------------


def test_a_file(memory: Callable[..., None], documents: dict[str, bytes]) -> None:
    memory("/a/b.json", documents["refusal.json"])
    corpus = load("memory://a/b.json")

    assert corpus.recordings[["recording", "path"]].to_numpy().tolist() == [["b", "memory://a/b.json"]]
    assert corpus["b"].raw(0) is not None


def test_a_file_at_the_top(memory: Callable[..., None], documents: dict[str, bytes]) -> None:
    memory("/b.json", documents["refusal.json"])

    assert names("memory://b.json") == names("memory:///b.json") == ["b.json"]


def test_a_folder(memory: Callable[..., None], documents: dict[str, bytes], made: Corpus) -> None:
    for name, data in documents.items():
        memory(f"/made/{name}", data)
    for name in ("/made/.h.json", "/made/.git/x.json", "/made/x.txt"):
        memory(name, b"1")

    assert_same(load("memory://made"), made)
    assert_same(load("memory://made/"), made)


def test_names_in_a_folder_are_below_it(memory: Callable[..., None]) -> None:
    for name in ("/r/b.json", "/r/a/x.json", "/r/a/.h/y.json", "/other/z.json"):
        memory(name, b"1")

    assert names("memory://r") == ["a/x.json", "b.json"]


def test_a_glob(memory: Callable[..., None]) -> None:
    for name in ("/r/b.json", "/r/c.txt", "/r/d/e.json"):
        memory(name, b"1")

    assert names("memory://r/*.json") == ["b.json"]
    assert sorted(blob.name for blob in blobs("memory://r/**/*.json")) == ["b.json", "e.json"]
    with pytest.raises(FileNotFoundError, match=r"no file matches .*\*\.yaml"):
        list(blobs("memory://r/*.yaml"))


def test_a_name_with_magic_that_exists_is_no_glob(memory: Callable[..., None]) -> None:
    memory("/r/a[1].json", b"1")

    assert names("memory://r/a[1].json") == ["a[1].json"]


def test_missing(memory: Callable[..., None]) -> None:
    with pytest.raises(FileNotFoundError, match=r"memory://nothing/here\.json"):
        list(blobs("memory://nothing/here.json"))


def test_unknown_protocol() -> None:
    with pytest.raises(FileNotFoundError, match="gopherish"):
        list(blobs("gopherish://alice:hunter2@host/x?key=t0ken"))


@pytest.mark.parametrize("kind", ["zip", "tar.gz"])
def test_an_archive(kind: str, memory: Callable[..., None], documents: dict[str, bytes], made: Corpus) -> None:
    file = io.BytesIO()
    if kind == "zip":
        with zipfile.ZipFile(file, "w") as archive:
            for name, data in documents.items():
                archive.writestr(name, data)
    else:
        with tarfile.open(fileobj=file, mode="w:gz") as tar:
            for name, data in documents.items():
                about = tarfile.TarInfo(name)
                about.size = len(data)
                tar.addfile(about, io.BytesIO(data))
    memory(f"/a/made.{kind}", file.getvalue())
    corpus = load(f"memory://a/made.{kind}")

    assert_same(corpus, made)
    assert corpus.recordings["path"].iloc[0] == f"memory://a/made.{kind}!/{next(iter(documents))}"
    for each in reversed(list(made)):
        if len(each.chunks):
            assert corpus[each.id].raw(0) == each.raw(0)


def test_an_archive_at_the_top(memory: Callable[..., None]) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("x.json", "1")
    memory("/made.zip", file.getvalue())

    assert names("memory://made.zip") == ["x.json"]


def test_an_archive_that_is_missing_or_damaged(memory: Callable[..., None]) -> None:
    memory("/a/bad.zip", b"no")
    corpus = load(["memory://a/bad.zip"])

    assert corpus.problems["path"].tolist() == ["memory://a/bad.zip"]


def test_files_on_disk(bundled_folder: Path, made: Corpus) -> None:
    folder = bundled_folder.parent / "made"

    assert_same(load(f"file://{folder}"), made)
    assert load(f"file://{folder}/refusal.json").recordings["path"].tolist() == [f"file://{folder}/refusal.json"]
    assert len(load(f"file://{folder}/r*.json")) == 2


def test_several_processes(bundled_folder: Path, made: Corpus) -> None:
    assert_same(load(f"file://{bundled_folder.parent}/made", jobs=2), made)


def test_names_that_mean_something_in_a_url(tmp_path: Path, documents: dict[str, bytes]) -> None:
    given = [
        "a b.json",
        "a#1.json",
        "a#2.json",
        "a%20b.json",
        "a?1.json",
        "a?2.json",
        "é.json",
        "a@b.json",
        "a&b=c.json",
    ]
    for name in given:
        (tmp_path / name).write_bytes(documents["refusal.json"])

    assert sorted(names(f"file://{tmp_path}")) == sorted(given)
    corpus = load([f"file://{tmp_path}"])
    assert corpus.problems.empty
    assert len(corpus) == len(given)
    assert corpus.recordings["path"].is_unique


def test_a_file_over_the_limit_is_not_read(memory: Callable[..., None]) -> None:
    memory("/a/x.json", b"x" * 11)
    (found,) = blobs("memory://a/x.json")

    assert len(found.read(11)) == 11
    with pytest.raises(OSError, match="more than 10 bytes"):
        found.read(10)


def test_nothing_is_read_before_it_is_asked_for(memory: Callable[..., None]) -> None:
    memory("/a/x.json", b"now")
    (found,) = blobs("memory://a/x.json")
    memory("/a/x.json", b"later")

    assert found.read(5) == b"later"


def test_several_places_give_each_file_once(memory: Callable[..., None], tmp_path: Path) -> None:
    memory("/a/x.json", b"1")
    (tmp_path / "x.json").write_bytes(b"1")
    inside = f"file://{tmp_path}"

    assert names(["memory://a", "memory://a/*.json", str(tmp_path)]) == ["x.json", "x.json"]
    assert names([inside, f"{inside}/*.json", f"{inside}/x.json"]) == ["x.json"]


# --- file systems that are not so kind ------------------------------------------------------------------------------


class Odd(AbstractFileSystem):
    """A file system whose files are what a test says; what it is asked with is noted."""

    protocol = "odd"
    cachable = False
    files: ClassVar[dict[str, bytes]] = {}
    fails: ClassVar[dict[str, Exception]] = {}

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return str(path).removeprefix("odd://")

    def info(self, path: str, **_: Any) -> dict[str, Any]:
        self._may_fail("info")
        if path in self.files:
            return {"name": path, "type": "file", "size": len(self.files[path])}
        if any(name.startswith(path.rstrip("/") + "/") for name in self.files):
            return {"name": path, "type": "directory", "size": 0}
        raise FileNotFoundError(f"odd://{path}")

    def ls(self, path: str, detail: bool = True, **_: Any) -> list[Any]:
        self._may_fail("ls")
        found = [self.info(name) for name in self.files if name.startswith(path.rstrip("/") + "/")]
        return found if detail else [each["name"] for each in found]

    def isdir(self, path: str) -> bool:
        self._may_fail("isdir")
        return path not in self.files and any(name.startswith(path.rstrip("/") + "/") for name in self.files)

    def find(self, path: str, *_: Any, detail: bool = False, **__: Any) -> Any:
        self._may_fail("find")
        found = [name for name in self.files if name.startswith(path.rstrip("/") + "/")]
        return {name: self.info(name) for name in found} if detail else found

    def exists(self, path: str, **_: Any) -> bool:
        self._may_fail("exists")
        return path in self.files

    def _open(self, path: str, *_: Any, **__: Any) -> io.BytesIO:
        self._may_fail("open", path)
        return io.BytesIO(self.files[path])

    def _may_fail(self, where: str, path: str = "") -> None:
        for key in (where, f"{where} {path}"):
            if key in self.fails:
                raise self.fails[key]


class Web(Odd):
    """The same as a server: its paths are whole URLs, and it can list nothing."""

    protocol = "https"

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return str(path)


class Strange(Exception):
    pass


@pytest.fixture
def odd(monkeypatch: pytest.MonkeyPatch) -> type[Odd]:
    monkeypatch.setitem(fsspec_registry, "odd", Odd)
    monkeypatch.setitem(fsspec_registry, "https", Web)
    monkeypatch.setattr(Odd, "files", {})
    monkeypatch.setattr(Odd, "fails", {})
    return Odd


@pytest.mark.parametrize(
    "error", [Strange("no"), KeyError("x"), PermissionError("denied"), TimeoutError(), TypeError()]
)
def test_a_file_that_cannot_be_read_is_a_problem(odd: type[Odd], documents: dict[str, bytes], error: Exception) -> None:
    odd.files = {"h/a.json": documents["refusal.json"], "h/b.json": documents["reasoning.json"]}
    odd.fails = {"open h/a.json": error}
    corpus = load("odd://h")

    assert len(corpus) == 1
    assert corpus.problems["path"].tolist() == ["odd://h/a.json"]


@pytest.mark.parametrize("where", ["isdir", "find", "exists"])
@pytest.mark.parametrize("error", [Strange("no"), PermissionError("denied")], ids=repr)
def test_a_place_that_cannot_be_looked_at_is_a_problem(odd: type[Odd], where: str, error: Exception) -> None:
    odd.files = {"h/a.json": b"1"}
    odd.fails = {where: error}
    corpus = load("odd://h/a.json" if where == "exists" else "odd://h")

    assert len(corpus.problems) == 1


@pytest.mark.parametrize("name", ["a.zip", "a.tar", "a.tar.gz"])
@pytest.mark.parametrize("error", [Strange("no"), KeyError("x"), PermissionError("denied")], ids=repr)
def test_an_archive_that_cannot_be_opened_is_a_problem(odd: type[Odd], name: str, error: Exception) -> None:
    odd.files = {f"h/{name}": b"1"}
    odd.fails = {"open": error}
    corpus = load(f"odd://h/{name}")

    assert corpus.problems["path"].tolist() == [f"odd://h/{name}"]


@pytest.mark.parametrize("protocol", ["https", "odd"])
def test_urls_that_differ_in_their_query_are_different_files(
    odd: type[Odd], documents: dict[str, bytes], protocol: str
) -> None:
    places = [f"{protocol}://h/get.json?id={n}" for n in (1, 2)]
    for place, name in zip(places, ("refusal.json", "reasoning.json"), strict=True):
        odd.files[place.removeprefix("odd://")] = documents[name]
    corpus = load(places)

    assert len(corpus) == 2
    first, second = corpus
    assert first.raw(0) != second.raw(0)


def test_a_query_of_a_url_is_no_glob(odd: type[Odd], documents: dict[str, bytes]) -> None:
    """``s3://bucket/key?versionId=…`` names one file."""
    odd.files = {"b/a.json?versionId=5": documents["refusal.json"], "b/a.jsonx?versionId=5x": b"?"}
    odd.fails = {"find": Strange("it was taken for a glob")}

    assert load("odd://b/a.json?versionId=5").recordings["path"].tolist() == ["odd://b/a.json"]


def everything(corpus: Corpus) -> str:
    return " ".join(getattr(corpus, name).to_csv() for name in FRAMES) + repr(list(corpus))


SECRET_URL = "https://alice:hunter2@h/{}?key=t0ken"


def archive_of(**members: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in members.items():
            archive.writestr(f"{name}.json", data)
    return file.getvalue()


@pytest.mark.parametrize("name", ["a.json", "a.zip", "missing.json", "missing.zip", "bad.json", "bad.zip", "bad.tar"])
def test_user_password_and_query_are_never_shown(odd: type[Odd], documents: dict[str, bytes], name: str) -> None:
    odd.files = {
        SECRET_URL.format("a.json"): documents["refusal.json"],
        SECRET_URL.format("a.zip"): archive_of(x=documents["refusal.json"], y=b"?"),
        **{SECRET_URL.format(f"bad.{suffix}"): b"?" for suffix in ("json", "zip", "tar")},
    }
    try:
        corpus = load(SECRET_URL.format(name))
    except OSError as error:
        said = str(error)
    else:
        said = everything(corpus)
        if name == "a.json":
            assert corpus.recordings["path"].tolist() == ["https://h/a.json"]
            assert next(iter(corpus)).raw(0) is not None

    assert not [secret for secret in SECRETS if secret in said]


def test_a_corpus_does_not_show_them_either(odd: type[Odd], documents: dict[str, bytes]) -> None:
    url = SECRET_URL.format("a.json")
    odd.files = {url: documents["refusal.json"]}

    for where in (url, [url]):
        assert not [secret for secret in SECRETS if secret in repr(load(where))]


@pytest.mark.parametrize("error", [FileNotFoundError, PermissionError, ConnectionError, Strange, ValueError])
@pytest.mark.parametrize("name", ["a.json", "a.zip", "a.tar"])
def test_secrets_in_what_a_file_system_says_are_not_shown(odd: type[Odd], error: type[Exception], name: str) -> None:
    """aiohttp, s3fs and the rest put the URL that they were asked for into their messages."""
    url = SECRET_URL.format(name)
    odd.files = {url: b"1"}
    odd.fails = {"open": error(f"401, message='Unauthorized', url={url!r}")}
    try:
        said = everything(load(url))
    except Exception as raised:
        said = f"{type(raised).__name__}: {raised}"

    assert not [secret for secret in SECRETS if secret in said]


def test_secrets_are_not_shown_when_what_was_loaded_is_gone(odd: type[Odd], documents: dict[str, bytes]) -> None:
    url = SECRET_URL.format("a.json")
    odd.files = {url: documents["refusal.json"]}
    corpus = load(url)
    odd.fails = {"open": FileNotFoundError(url)}
    with pytest.raises(recexplore.SourceChanged) as caught:
        next(iter(corpus)).raw(0)

    assert not [secret for secret in SECRETS if secret in str(caught.value)]


@pytest.mark.parametrize("chain", ["zip://x.json::", "zip://::", "zip://*.json::", "simplecache::"])
def test_secrets_of_a_chain_of_urls_are_not_shown(
    odd: type[Odd], documents: dict[str, bytes], chain: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    url = SECRET_URL.format("a.zip")
    odd.files = {url: archive_of(x=documents["refusal.json"])}
    try:
        said = everything(load(chain + url))
    except Exception as raised:
        said = f"{type(raised).__name__}: {raised}"

    assert not [secret for secret in SECRETS if secret in said]


def test_a_package_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    about = {"class": "no_such_module_x.Files", "err": "Install lackingfs"}
    monkeypatch.setitem(known_implementations, "lacking", about)
    with pytest.raises(ImportError, match="Install lackingfs"):
        list(blobs("lacking://x/y"))


def test_a_revision_of_a_url_makes_no_sense() -> None:
    with pytest.raises(ValueError, match="rev= needs a path in a repository"):
        list(blobs("memory://x", rev="main"))
