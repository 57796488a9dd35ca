from __future__ import annotations

import contextlib
import gc
import os
import shutil
import stat
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from found_blobs import blobs
from git_kit import commit, forget_settings, git

import recexplore
from recexplore.corpus import Corpus
from recexplore.model.schema import FRAMES

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
LIMIT = 1 << 28


@pytest.fixture(autouse=True)
def no_settings_of_the_user(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    forget_settings(monkeypatch, tmp_path.parent)


def made_repository(folder: Path, *commits: Mapping[str, bytes | None]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    git(folder, "init", "-q")
    for files in commits:
        commit(folder, files)
    return folder


def load(where: Any, **options: Any) -> Corpus:
    return recexplore.load(where, progress=False, **options)


def names(where: Any, rev: str | None = "HEAD") -> list[str]:
    return [blob.name for blob in blobs(where, rev=rev)]


def contents(where: Any, rev: str | None = "HEAD") -> dict[str, bytes]:
    return {blob.name: blob.read(LIMIT) for blob in blobs(where, rev=rev)}


def assert_same(one: Corpus, other: Corpus) -> None:
    for name in FRAMES:
        left, right = (getattr(each, name).drop(columns="path", errors="ignore") for each in (one, other))
        pd.testing.assert_frame_equal(left, right)


@pytest.fixture(scope="module")
def documents(bundled_folder: Path) -> dict[str, bytes]:
    folder = bundled_folder.parent / "made"
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.json"))}


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Three commits: the second changes a file, the third deletes it and everything in a folder."""
    first: dict[str, bytes | None] = {"r/a.json": b"1", "r/b.json": b"b", "r/old/x.json": b"x", "t.md": b"t"}
    made_repository(tmp_path / "repo", first, {"r/a.json": b"2"})
    git(tmp_path / "repo", "tag", "v2")
    git(tmp_path / "repo", "tag", "-a", "-m", "annotated", "v2a")
    commit(tmp_path / "repo", {"r/a.json": None, "r/old/x.json": None})
    return tmp_path / "repo"


# --- revisions and places --------------------------------------------------------------------------------------------


def test_recordings_at_a_revision_are_those_of_the_folder(
    tmp_path: Path, documents: dict[str, bytes], made: Corpus
) -> None:
    gone: dict[str, bytes | None] = dict.fromkeys((f"made/{name}" for name in documents), None)
    repository = made_repository(tmp_path / "repo", {f"made/{name}": data for name, data in documents.items()}, gone)
    shutil.rmtree(repository / "made")
    corpus = load(repository / "made", rev="main~1")

    assert not (repository / "made").exists()
    assert_same(corpus, made)
    assert corpus.recordings["path"].iloc[0] == f"main~1:made/{next(iter(documents))}"
    for each in reversed(list(made)):
        if len(each.chunks):
            assert corpus[each.id].raw(0) == each.raw(0)
            assert corpus[each.id].request == each.request
    assert_same(load(repository / "made", rev="main~1", jobs=2), made)


def test_ways_to_name_a_revision(repository: Path) -> None:
    full = git(repository, "rev-parse", "main~1")
    for rev in ("main~1", "HEAD~", "v2", "v2a", "refs/tags/v2", full, full[:8], "HEAD^", "main^{commit}~1", "@~1"):
        assert contents(repository / "r", rev) == {"a.json": b"2", "b.json": b"b", "old/x.json": b"x"}, rev
    assert contents(repository / "r", "main~2")["a.json"] == b"1"
    assert contents(repository / "r", "main") == {"b.json": b"b"}


def test_the_place_is_named_by_revision_and_path(repository: Path) -> None:
    assert [blob.path for blob in blobs(repository / "r", rev="v2")] == [
        "v2:r/a.json",
        "v2:r/b.json",
        "v2:r/old/x.json",
    ]


def test_the_working_tree_and_the_index_are_not_looked_at(repository: Path) -> None:
    (repository / "r" / "b.json").write_bytes(b"changed")
    (repository / "r" / "new.json").write_bytes(b"new")
    git(repository, "add", "r/new.json")

    assert contents(repository / "r", "HEAD") == {"b.json": b"b"}


def test_a_file_a_folder_and_the_whole_repository(repository: Path) -> None:
    assert names(repository / "r/a.json", "v2") == ["a.json"]
    assert names(repository / "t.md", "v2") == ["t.md"]
    assert names(repository / "r/old", "v2") == ["x.json"]
    assert names(f"{repository}/r/", "v2") == ["a.json", "b.json", "old/x.json"]
    assert names(repository, "v2") == ["r/a.json", "r/b.json", "r/old/x.json"]


def test_a_relative_path(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repository / "r")

    assert names("old", "v2") == names("./old/x.json", "v2") == ["x.json"]
    assert names(".", "v2") == ["a.json", "b.json", "old/x.json"]
    assert names("..", "v2") == ["r/a.json", "r/b.json", "r/old/x.json"]


def test_a_path_through_a_link(repository: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(repository)

    assert names(tmp_path / "link" / "r", "v2") == names(repository / "r", "v2")


def test_a_glob_means_what_it_means_on_disk(repository: Path) -> None:
    git(repository, "checkout", "-q", "v2")
    for pattern in ("r/*.json", "r/**/*.json", "*/a.json", "r/[ab].json", "r/?.json", "*.md"):
        assert names(f"{repository}/{pattern}", "v2") == names(f"{repository}/{pattern}", None), pattern


def test_a_glob_that_matches_nothing(repository: Path) -> None:
    with pytest.raises(FileNotFoundError):
        names(f"{repository}/r/*.yaml", "v2")


def test_a_name_with_magic_that_exists_is_no_glob(tmp_path: Path) -> None:
    repository = made_repository(tmp_path / "repo", {"a[1].json": b"1", "a1.json": b"?"})

    assert contents(repository / "a[1].json") == {"a[1].json": b"1"}


def test_several_places_give_each_file_once(repository: Path) -> None:
    assert names([repository / "r", repository / "r/a.json", f"{repository}/r/b*"], "v2") == [
        "a.json",
        "b.json",
        "old/x.json",
    ]


def test_files_of_one_name_in_two_repositories(tmp_path: Path, documents: dict[str, bytes]) -> None:
    one = made_repository(tmp_path / "one", {"a.json": documents["refusal.json"]})
    other = made_repository(tmp_path / "other", {"a.json": documents["reasoning.json"]})

    for corpus in (load([one, other], rev="main"), load([f"git+file://{each}@main:a.json" for each in (one, other)])):
        assert len(corpus) == 2
        first, second = corpus
        assert first.raw(0) != second.raw(0)
        assert first.raw(0) != second.raw(0)


def test_hidden_ones_and_other_suffixes_are_left_out(tmp_path: Path) -> None:
    members = ("a.json", ".h.json", ".d/b.json", "c/.d/e.json", "x.md", "c/y.YML")
    repository = made_repository(tmp_path / "repo", dict.fromkeys(members, b"1"))

    assert names(repository) == ["a.json", "c/y.YML"]
    assert names(repository / ".h.json") == [".h.json"]
    assert names(repository / ".d") == ["b.json"]


def test_links_and_modules_are_left_out(repository: Path, tmp_path: Path) -> None:
    inner = made_repository(tmp_path / "inner", {"z.json": b"z"})
    (repository / "link.json").symlink_to("/etc/passwd")
    git(repository, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner), "module.json")
    commit(repository, {"run.json": b"#!"})
    (repository / "run.json").chmod(0o755)
    commit(repository, {})

    assert names(repository) == ["r/b.json", "run.json"]
    assert [blob.name for blob in blobs(repository / "module.json" / "z.json", rev="HEAD")] == ["z.json"]


def test_odd_names(tmp_path: Path) -> None:
    given = [
        "a b.json",
        'q"q.json',
        "new\nline.json",
        "tab\t.json",
        "é\N{SNOWMAN}.json",
        "-x.json",
        ":x.json",
        "b\\s.json",
    ]
    given += ["sp ace/deep er/x.json", "'.json", "$(touch x).json", "a:b.json", "*.json"]
    repository = made_repository(tmp_path / "repo", {name: name.encode() for name in given})
    found = list(blobs(repository, rev="HEAD"))

    assert sorted(blob.read(LIMIT).decode() for blob in found) == sorted(given)
    assert all(blob.name.isprintable() and blob.path.isprintable() for blob in found)
    for name in given:
        assert [blob.read(LIMIT) for blob in blobs(repository / name, rev="HEAD")] == [name.encode()], name


def test_a_name_that_is_no_unicode(tmp_path: Path) -> None:
    repository = made_repository(tmp_path / "repo", {"a.json": b"1"})
    try:
        (repository / os.fsdecode(b"\xff.json")).write_bytes(b"2")
    except OSError:
        pytest.skip("this file system has no such names")
    commit(repository, {})

    assert names(repository) == ["a.json", "\\xff.json"]


def test_a_file_over_the_limit_is_not_read(repository: Path) -> None:
    (found,) = blobs(repository / "r/b.json", rev="HEAD")

    assert found.read(1) == b"b"
    with pytest.raises(OSError, match="1 bytes; the limit is 0"):
        found.read(0)


def test_a_bare_repository(repository: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", "--bare", str(repository), "bare.git")

    assert contents(tmp_path / "bare.git", "v2")["r/a.json"] == b"2"


def test_a_worktree(repository: Path, tmp_path: Path) -> None:
    git(repository, "worktree", "add", "-q", str(tmp_path / "tree"), "v2")

    assert names(tmp_path / "tree" / "r", "HEAD") == ["a.json", "b.json", "old/x.json"]


def test_an_empty_file_and_one_that_ends_in_line_feeds(tmp_path: Path) -> None:
    data = {"a.json": b"", "b.json": b"\n\n", "c.json": b"\0" * 70_000, "d.json": b"x blob 5\n"}
    repository = made_repository(tmp_path / "repo", data)

    assert contents(repository) == data


# --- as a URL --------------------------------------------------------------------------------------------------------


def test_as_a_url(repository: Path, documents: dict[str, bytes]) -> None:
    assert [blob.path for blob in blobs(f"git+file://{repository}@v2:r/old")] == ["v2:r/old/x.json"]
    assert names(f"git+file://{repository}@v2:", None) == ["r/a.json", "r/b.json", "r/old/x.json"]
    assert names(f"git+file://{repository}@main~2:/r/", None) == ["a.json", "b.json", "old/x.json"]
    assert names(f"git+file://{repository}@v2:r/[ab].json", None) == ["a.json", "b.json"]


def test_as_a_url_with_signs_of_a_url_in_its_names(tmp_path: Path) -> None:
    repository = made_repository(tmp_path / "me@home" / "a:b c", {"x@y:z.json": b"1"})

    assert names(f"git+file://{repository}@main:x@y:z.json", None) == ["x@y:z.json"]


@pytest.mark.parametrize("url", ["git+file:///x", "git+file:///x@main", "git+file://@main:x", "git+file:///x:y"])
def test_a_url_of_another_form(url: str) -> None:
    with pytest.raises(ValueError, match=r"git\+file:///repository@rev:path"):
        list(blobs(url))


# --- what is not there -----------------------------------------------------------------------------------------------


def test_what_was_not_there(repository: Path) -> None:
    for place in ("r/a.json", "nothing", "r/old", "r/nothing/*.json"):
        with pytest.raises(FileNotFoundError, match="nothing was at"):
            names(repository / place, "main")


@pytest.mark.parametrize("rev", ["nothing", "main~99", "", "v2:r/a.json", "main..v2", "main v2", "main^{tree}"])
def test_no_revision(repository: Path, rev: str) -> None:
    with pytest.raises(FileNotFoundError, match="no revision"):
        names(repository, rev)


@pytest.mark.parametrize("rev", ["--help", "-h", "--git-dir", "--all", "--output=/tmp/x", "--show-toplevel", "--"])
def test_a_revision_that_looks_like_an_option(repository: Path, rev: str) -> None:
    with pytest.raises(FileNotFoundError, match="no revision"):
        names(repository, rev)


def test_a_path_that_looks_like_an_option(tmp_path: Path) -> None:
    repository = made_repository(tmp_path / "repo", {"--help": b"1", "-r/x.json": b"2"})

    assert contents(repository / "--help") == {"--help": b"1"}
    assert contents(repository / "-r") == {"x.json": b"2"}


def test_no_repository(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(b"1")
    for place in (tmp_path, tmp_path / "a.json", tmp_path / "gone" / "x"):
        with pytest.raises(FileNotFoundError, match="in no git repository"):
            names(place)
    with pytest.raises(FileNotFoundError):
        names(f"git+file://{tmp_path}/gone@main:x", None)


def test_an_empty_repository(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no revision"):
        names(made_repository(tmp_path / "repo"))


def test_git_is_not_installed(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(FileNotFoundError, match="git cannot be run"):
        names(repository)


def test_the_environment_of_a_hook_names_no_other_repository(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = made_repository(tmp_path / "other", {"other.json": b"1"})
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other / ".git" / "index"))

    assert names(repository / "r", "HEAD") == ["b.json"]


# --- what a hostile repository may not do ----------------------------------------------------------------------------


def script(path: Path, marker: Path) -> str:
    path.write_text(f"#!/bin/sh\necho run >> {marker}\nexit 1\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def object_file(repository: Path, rev_path: str) -> Path:
    name = git(repository, "rev-parse", rev_path)
    return repository / ".git" / "objects" / name[:2] / name[2:]


def test_what_a_repository_is_told_to_run_is_not_run(tmp_path: Path, documents: dict[str, bytes]) -> None:
    data = documents["refusal.json"]
    repository = made_repository(
        tmp_path / "repo", {"a.json": data, "b.json": data + b" ", ".gitattributes": b"* diff=evil filter=evil\n"}
    )
    marker, evil = tmp_path / "marker", script(tmp_path / "evil.sh", tmp_path / "marker")
    for hook in ("post-checkout", "post-index-change", "reference-transaction", "pre-auto-gc"):
        script(repository / ".git" / "hooks" / hook, marker)
    for key in (
        "core.fsmonitor",
        "core.pager",
        "pager.ls-tree",
        "core.editor",
        "core.sshCommand",
        "core.askPass",
        "diff.evil.textconv",
        "diff.external",
        "filter.evil.smudge",
        "filter.evil.process",
        "uploadpack.packObjectsHook",
        "remote.origin.uploadpack",
        "credential.helper",
    ):
        git(repository, "config", key, evil)
    git(repository, "config", "alias.ls-tree", f"!{evil}")
    git(repository, "config", "alias.cat-file", f"!{evil}")
    corpus = load(repository, rev="main")

    assert len(corpus) == 2
    assert all(each.raw(0) for each in corpus)
    assert not marker.exists()


@pytest.mark.parametrize("url", ["ext::{evil}", "ssh://h/x", "file://{evil}.repo"])
def test_what_is_missing_is_not_fetched(tmp_path: Path, documents: dict[str, bytes], url: str) -> None:
    repository = made_repository(
        tmp_path / "repo", {"a.json": documents["refusal.json"], "b.json": documents["reasoning.json"]}
    )
    marker, evil = tmp_path / "marker", script(tmp_path / "evil.sh", tmp_path / "marker")
    for key, value in {
        "core.repositoryFormatVersion": "1",
        "extensions.partialClone": "origin",
        "remote.origin.promisor": "true",
        "remote.origin.url": url.format(evil=evil),
        "remote.origin.uploadpack": evil,
        "core.sshCommand": evil,
        "protocol.ext.allow": "always",
    }.items():
        git(repository, "config", key, value)
    object_file(repository, "HEAD:a.json").unlink()
    with contextlib.suppress(ValueError):  # what becomes of the file is the next test's question
        load(repository, rev="main")

    assert not marker.exists()


def test_a_missing_object_is_a_problem_of_its_file(tmp_path: Path, documents: dict[str, bytes]) -> None:
    repository = made_repository(
        tmp_path / "repo", {"a.json": documents["refusal.json"], "b.json": documents["reasoning.json"]}
    )
    object_file(repository, "HEAD:a.json").unlink()
    corpus = load(repository, rev="main")

    assert len(corpus) == 1
    assert corpus.problems["path"].tolist() == ["main:a.json"]


@pytest.mark.parametrize("how", ["cut", "garbage"])
def test_a_damaged_object_is_a_problem_of_its_file(tmp_path: Path, documents: dict[str, bytes], how: str) -> None:
    given = ("bad-request.json", "reasoning.json", "refusal.json")
    repository = made_repository(tmp_path / "repo", {name: documents[name] for name in given})
    path = object_file(repository, "HEAD:bad-request.json")
    path.chmod(0o644)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2] + (b"?" * 600 if how == "garbage" else b""))
    corpus = load(repository, rev="main")

    assert [path.partition(":")[2] for path in corpus.recordings["path"]] == ["reasoning.json", "refusal.json"]
    assert corpus.problems["path"].tolist() == ["main:bad-request.json"]


# --- the git that is kept running ------------------------------------------------------------------------------------


def running(blob: Any) -> subprocess.Popen[bytes]:
    process = blob.read.func.__self__._process
    assert isinstance(process, subprocess.Popen)
    return process


def test_it_ends_with_what_was_loaded(repository: Path) -> None:
    found = list(blobs(repository / "r", rev="v2"))
    assert [blob.read(LIMIT) for blob in found] == [b"2", b"b", b"x"]
    process = running(found[0])
    assert process.poll() is None
    assert all(running(blob) is process for blob in found)
    del found
    gc.collect()

    assert process.poll() is not None
    assert process.stdout is not None
    assert process.stdout.closed


def test_when_it_was_ended_another_is_asked(repository: Path) -> None:
    found = list(blobs(repository / "r", rev="v2"))
    found[0].read(LIMIT)
    process = running(found[0])
    process.kill()
    process.wait()

    assert [blob.read(LIMIT) for blob in found] == [b"2", b"b", b"x"]
    del found
    gc.collect()


def test_nothing_is_asked_before_something_is_read(repository: Path) -> None:
    assert all(blob.read.func.__self__._process is None for blob in blobs(repository / "r", rev="v2"))  # type: ignore[attr-defined]


def test_raw_after_the_repository_moved_on(tmp_path: Path, documents: dict[str, bytes]) -> None:
    repository = made_repository(tmp_path / "repo", {"a.json": documents["refusal.json"]})
    corpus = load(repository, rev="main")
    before = corpus["a"].raw(0)
    commit(repository, {"a.json": documents["reasoning.json"]})
    git(repository, "gc", "-q", "--prune=now")
    corpus._services.files._last = None

    assert corpus["a"].raw(0) == before
