"""What comes from the cache is what the files say: after any change, with any damage, beside any other process."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from synthetic import recording, says

import recexplore as rx
from recexplore import rules
from recexplore.corpus import Corpus
from recexplore.model.errors import SourceChanged
from recexplore.model.schema import FRAMES
from recexplore.read import cached_load, processes
from recexplore.read.cache import stamps
from recexplore.read.cache.parts_file import open_parts
from recexplore.read.cache.stored_folder import StoredTables


@pytest.fixture(autouse=True)
def any_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files that a test has just written are not taken for ones that may change again in the same tick."""
    monkeypatch.setattr(stamps, "_RACY_NS", 0)


@pytest.fixture(autouse=True)
def few_rules(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the rules those that find something in each file that is `written`: the others take most of a test's time.

    All are asked where a test uses `all_rules`.
    """
    if "all_rules" not in request.fixturenames:
        chosen = rules.chosen
        monkeypatch.setattr(
            rules, "chosen", lambda *wishes: tuple(each for each in chosen(*wishes) if each.id in FOUND)
        )


@pytest.fixture
def all_rules() -> None:
    """Whoever uses it has all rules asked."""


FOUND = {"no-finish", "role-missing"}


def written(folder: Path, name: str, text: str = "Hello", **options: Any) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(recording([says(word) for word in text.split()], **options)))
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number in range(8):
        written(tmp_path / "in", f"{number}.json", f"The answer is {number}")
    written(tmp_path / "in" / "below", "0.json", "Deep")
    (tmp_path / "in" / "bad.json").write_text('{"request": {"url": "x", "body"')
    (tmp_path / "in" / "package.json").write_text('{"name": "mine"}')
    (tmp_path / "in" / "notes.md").write_text("notes")
    return tmp_path / "in"


def is_from_cache(corpus: Corpus) -> bool:
    return all(isinstance(each.tables, StoredTables) for each in corpus._tables._batches) and bool(
        corpus._tables._batches
    )


def assert_same(one: Corpus, other: Corpus) -> None:
    for name in FRAMES:
        pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name))
    pd.testing.assert_frame_equal(one.skipped, other.skipped)
    assert one.unread == other.unread
    assert one.skipped_files == other.skipped_files
    assert one.checksums == other.checksums
    assert [(each.id, each.name) for each in one] == [(each.id, each.name) for each in other]
    assert [each.raw(0) for each in one if each.facts["n_chunks"]] == [
        each.raw(0) for each in other if each.facts["n_chunks"]
    ]
    assert repr(one) == repr(other)


def loaded(folder: Path, **options: Any) -> Corpus:
    """Loaded with the cache, and not otherwise than without."""
    corpus = rx.load(folder, cache=folder.parent / "cache", **options)
    assert_same(corpus, without_cache(folder, **options))
    return corpus


_WITHOUT_CACHE: dict[str, Corpus] = {}


def without_cache(folder: Path, **options: Any) -> Corpus:
    """Loaded without the cache; the same again where the same was loaded last, for the findings of one take long."""
    files = {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    asked = repr((folder, files, options))
    if asked not in _WITHOUT_CACHE:
        _WITHOUT_CACHE.clear()
        _WITHOUT_CACHE[asked] = rx.load(folder, cache=False, **options)
    return _WITHOUT_CACHE[asked]


def cache_file(folder: Path) -> Path:
    (path,) = (each for each in (folder.parent / "cache").iterdir() if each.suffix == ".recexplore")
    return path


def test_the_second_load_is_from_the_cache(folder: Path) -> None:
    assert not is_from_cache(loaded(folder))
    corpus = loaded(folder)
    assert is_from_cache(corpus)
    assert len(corpus) == 10
    assert len(corpus.problems) == 1
    assert len(corpus.skipped_files) == 2


@pytest.mark.usefixtures("all_rules")
def test_real_recordings(corpus_folder: Path, tmp_path: Path) -> None:
    shutil.copytree(corpus_folder / "vcr-pydantic-ai", tmp_path / "vcr")
    loaded(tmp_path / "vcr")
    assert is_from_cache(loaded(tmp_path / "vcr"))


@pytest.mark.usefixtures("all_rules")
def test_all_that_comes_with_the_project(bundled_folder: Path, tmp_path: Path) -> None:
    shutil.copytree(bundled_folder.parent, tmp_path / "in")
    loaded(tmp_path / "in")
    assert is_from_cache(loaded(tmp_path / "in"))


def test_a_file_that_holds_no_recording_counts_for_ids_too(folder: Path) -> None:
    loaded(folder)
    (folder / "below" / "5.json").write_text('{"name": "mine"}')
    (id_,) = (each.id for each in loaded(folder) if each.name == "5.json")
    assert id_.startswith("5~")
    assert loaded(folder)[id_].name == "5.json"


Change = Callable[[Path, random.Random], object]


def _rewrite(folder: Path, dice: random.Random) -> None:
    written(folder, f"{dice.randrange(8)}.json", "Another answer " * dice.randrange(1, 4))


def _remove(folder: Path, dice: random.Random) -> None:
    (folder / f"{dice.randrange(8)}.json").unlink(missing_ok=True)


def _add(folder: Path, dice: random.Random) -> None:
    written(folder, f"{dice.choice(['a', '3x', 'below/z'])}{dice.randrange(9)}.json", "New")


def _break(folder: Path, dice: random.Random) -> None:
    path = folder / f"{dice.randrange(8)}.json"
    path.write_bytes(path.read_bytes()[: dice.randrange(1, 200)] if path.exists() else b"")


def _mend(folder: Path, dice: random.Random) -> None:
    written(folder, "bad.json", "Mended")


def _rename(folder: Path, dice: random.Random) -> None:
    if (path := folder / f"{dice.randrange(8)}.json").exists():
        path.rename(folder / f"moved-{dice.randrange(99)}.json")


def _swap(folder: Path, dice: random.Random) -> None:
    """Two files of equal size change places, with their times."""
    one, other = folder / "1.json", folder / "2.json"
    if one.exists() and other.exists():
        one.rename(folder / "swap")
        other.rename(one)
        (folder / "swap").rename(other)


def _foreign(folder: Path, dice: random.Random) -> None:
    (folder / dice.choice(["package.json", "0.json", "other.txt"])).write_text('{"name": "foreign"}')


CHANGES: list[Change] = [_rewrite, _remove, _add, _break, _mend, _rename, _swap, _foreign]


@settings(max_examples=5)
@given(seed=st.integers(0, 10_000), rounds=st.lists(st.lists(st.sampled_from(CHANGES), max_size=3), max_size=3))
def test_after_any_changes_it_is_what_the_files_say(
    seed: int, rounds: list[list[Change]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder, dice = tmp_path_factory.mktemp("changing") / "in", random.Random(seed)
    for number in range(8):
        written(folder, f"{number}.json", f"The answer is {number}")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cached_load, "_MANY", 2.0)
        patch.setattr(cached_load, "_FEW", dice.choice([0.0, 0.5]))
        loaded(folder)
        for changes in rounds:
            for change in changes:
                change(folder, dice)
            loaded(folder)


def test_a_hundred_files_of_which_few_change_keep_their_rows(tmp_path: Path) -> None:
    for number in range(100):
        written(tmp_path / "in", f"{number:03}.json", f"The answer is {number}")
    loaded(tmp_path / "in")
    before = cache_file(tmp_path / "in").read_bytes()
    written(tmp_path / "in", "050.json", "Another")
    loaded(tmp_path / "in")
    assert cache_file(tmp_path / "in").read_bytes() == before, "one of a hundred is read again each time"
    for number in (7, 8, 99):
        written(tmp_path / "in", f"{number:03}.json", "Another")
    (tmp_path / "in" / "003.json").unlink()
    loaded(tmp_path / "in")
    assert is_from_cache(loaded(tmp_path / "in"))
    assert cache_file(tmp_path / "in").read_bytes() != before


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such numbers of files in a listing")
def test_a_file_replaced_by_one_of_equal_size_and_time_is_read(folder: Path) -> None:
    loaded(folder)
    about = (folder / "1.json").stat()
    other = written(folder.parent, "other", "The answer is 9")
    assert other.stat().st_size == about.st_size
    os.utime(other, ns=(about.st_atime_ns, about.st_mtime_ns))
    other.replace(folder / "1.json")
    assert loaded(folder)["1.json"].choices["content"][0] == "Theansweris9"


def test_a_file_from_the_future_is_read_each_time(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.utime(folder / "1.json", (9e9, 9e9))
    loaded(folder)
    assert not is_from_cache(loaded(folder))


@pytest.mark.parametrize("share", [0.0, 0.5, 0.999])
def test_a_cache_that_was_cut_is_as_none(folder: Path, share: float) -> None:
    loaded(folder)
    data = cache_file(folder).read_bytes()
    cache_file(folder).write_bytes(data[: int(len(data) * share)])
    assert not is_from_cache(loaded(folder))
    assert is_from_cache(loaded(folder))


def test_no_flipped_bit_makes_another_corpus(folder: Path) -> None:
    loaded(folder)
    right, path, dice = without_cache(folder), cache_file(folder), random.Random(3)
    data = path.read_bytes()
    n_noticed = 0
    for at in dice.sample(range(len(data) * 8), 30):
        changed = bytearray(data)
        changed[at // 8] ^= 1 << at % 8
        path.write_bytes(changed)
        assert_same(rx.load(folder, cache=folder.parent / "cache"), right)
        # It is removed, or written anew.
        n_noticed += not path.exists() or path.read_bytes() != changed
        path.write_bytes(data)
    assert n_noticed > 10


def test_a_cache_that_is_cut_while_it_is_open_is_read_anew(folder: Path) -> None:
    loaded(folder)
    corpus = rx.load(folder, cache=folder.parent / "cache")
    assert is_from_cache(corpus)
    events = corpus.events
    os.truncate(cache_file(folder), 64)
    assert_same(corpus, without_cache(folder))
    assert corpus.events is events
    assert is_from_cache(loaded(folder)) is False


def test_a_damaged_table_of_files_that_changed_since_is_told(folder: Path) -> None:
    loaded(folder)
    path = cache_file(folder)
    start, length, _ = open_parts(str(path))._places["table choices"]
    data = bytearray(path.read_bytes())
    data[start + length // 2] ^= 1
    path.write_bytes(data)
    assert loaded(folder).choices["content"].tolist()[0] == "Theansweris0"

    path.write_bytes(data)
    corpus = rx.load(folder, cache=folder.parent / "cache")
    assert is_from_cache(corpus)
    written(folder, "1.json", "Another")
    with pytest.raises(SourceChanged, match="load it again"):
        _ = corpus.choices


@pytest.mark.usefixtures("all_rules")
def test_what_rules_found_is_remembered(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = loaded(folder).findings
    again = rx.load(folder, cache=folder.parent / "cache")
    asked = counting(monkeypatch)
    pd.testing.assert_frame_equal(again.findings, first)
    assert asked == []
    assert len(again["1.json"].findings) == 2
    assert asked == ["Recording"]
    written(folder, "1.json", "Another")
    assert len(rx.load(folder, cache=folder.parent / "cache").findings) == len(first)
    assert asked == ["Recording", "Corpus"]


def counting(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What rules are asked about from now on."""
    from recexplore.checks import run

    asked: list[str] = []
    find = run.find
    monkeypatch.setattr(run, "find", lambda of, **given: (asked.append(type(of).__name__), find(of, **given))[1])
    return asked


def test_rules_that_failed_are_asked_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    corpus = rx.load(folder, cache=folder.parent / "cache")
    failed = pd.DataFrame(corpus.findings)
    failed.attrs["failed"] = {"no-finish": "it failed"}
    shutil.rmtree(folder.parent / "cache")
    monkeypatch.setattr("recexplore.api._check", lambda of, **given: failed)
    assert rx.load(folder, cache=folder.parent / "cache").findings is failed
    monkeypatch.undo()
    monkeypatch.setattr(stamps, "_RACY_NS", 0)
    assert not rx.load(folder, cache=folder.parent / "cache").findings.attrs


@pytest.mark.parametrize("kept", ["file", "no folder"])
def test_where_nothing_can_be_written_everything_is_read(folder: Path, kept: str) -> None:
    (folder.parent / "cache").write_text("a file")
    where = folder.parent / "cache" / ("below" if kept == "no folder" else "")
    with pytest.warns(UserWarning, match="there is no cache"):
        assert len(rx.load(folder, cache=where)) == 10


def test_a_file_that_could_not_be_read_is_tried_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = os.open

    def refuses(path: Any, *given: Any, **named: Any) -> int:
        if str(path).endswith("1.json"):
            raise OSError(24, "Too many open files")
        return opened(path, *given, **named)

    monkeypatch.setattr(os, "open", refuses)
    assert len(rx.load(folder, cache=folder.parent / "cache")) == 9
    monkeypatch.undo()
    monkeypatch.setattr(stamps, "_RACY_NS", 0)
    assert len(loaded(folder)) == 10


def test_a_folder_that_was_emptied(folder: Path) -> None:
    loaded(folder)
    shutil.rmtree(folder)
    folder.mkdir()
    assert len(rx.load(folder, cache=folder.parent / "cache")) == 0


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have other names")
def test_names_and_times_of_any_kind(folder: Path) -> None:
    strange = Path(os.fsdecode(os.fsencode(folder.parent) + b"/caf\xe9"))
    shutil.copytree(folder, strange)
    os.utime(strange / "1.json", (1e11, 1e11))
    for _ in range(2):
        assert len(rx.load(strange, cache=folder.parent / "cache")) == 10
    os.utime(folder / "1.json", (1e11, 1e11))
    os.utime(folder / "2.json", (-5, -5))
    for _ in range(2):
        assert len(loaded(folder)) == 10


def test_an_index_of_another_kind_is_as_none(folder: Path) -> None:
    loaded(folder)
    path = cache_file(folder)
    for index in (b"[]", b"{}", b'{"parts": [], "stamp": "", "about": {}}', b'{"parts": {"a": 1}, "stamp": "", "about": {}}',
                  b'{"parts": {"ids": [-5, 9999999, 0]}, "stamp": "", "about": {}}'):  # fmt: skip
        end = len(index).to_bytes(8, "little") + zlib.crc32(index).to_bytes(4, "little") + b"recexplore cache\n"
        path.write_bytes(b"\0" * 640 + index + end)
        assert not is_from_cache(loaded(folder))


def test_findings_of_files_that_changed_meanwhile_are_not_remembered(folder: Path) -> None:
    corpus = rx.load(folder, cache=folder.parent / "cache")
    written(folder, "1.json", "Another")
    assert len(corpus.findings)
    assert not [*(folder.parent / "cache").glob("*.findings")]


def test_a_full_disk_leaves_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*given: object, **named: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    assert not is_from_cache(loaded(folder))
    assert not is_from_cache(loaded(folder))
    assert [*(folder.parent / "cache").iterdir()] == []


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such limit")
@pytest.mark.parametrize("most_bytes", [0, 100, 20_000])
def test_a_disk_that_fills_up_while_it_is_written_leaves_nothing(folder: Path, most_bytes: int) -> None:
    """By a limit of the system: a write comes back short, or fails."""
    where = f"{str(folder)!r}, cache={str(folder.parent / 'cache')!r}"
    code = f"""
import resource, signal, recexplore as rx
from recexplore.read.cache import stamps
stamps._RACY_NS = 0
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, ({most_bytes}, {most_bytes}))
corpus = rx.load({where})
assert (len(corpus), len(corpus.findings)) == (10, {len(without_cache(folder).findings)})
"""
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert [each.name for each in (folder.parent / "cache").iterdir() if each.suffix != ".findings"] == []
    loaded(folder)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have other places")
def test_a_home_that_cannot_be_written_is_as_none(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody asked for a cache: nothing is said."""
    monkeypatch.delenv("RECEXPLORE_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", "/proc/nowhere")
    monkeypatch.setattr(cached_load, "_FEWEST_BYTES", 0)
    for _ in range(2):
        corpus = rx.load(folder)
        assert not is_from_cache(corpus)
        assert_same(corpus, without_cache(folder))


def test_a_clock_that_is_set_back_and_forth(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of a time to come may change within the tick that they have: they are read each time."""
    loaded(folder)
    now_ns = time.time_ns()
    for ahead_s in (-86_400 * 365, 86_400 * 365):
        monkeypatch.setattr(time, "time_ns", lambda ahead_s=ahead_s: now_ns + ahead_s * 10**9)
        monkeypatch.setattr(time, "time", lambda ahead_s=ahead_s: now_ns / 1e9 + ahead_s)
        for number in (1, 2):
            written(folder, f"{number}.json", f"Said at {ahead_s}")
            loaded(folder)
    monkeypatch.undo()
    monkeypatch.setattr(stamps, "_RACY_NS", 0)
    loaded(folder)
    assert is_from_cache(loaded(folder))


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signal")
def test_what_a_killed_helper_did_not_read_is_kept_too(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    killed = "import os, pickle, sys; pickle.load(sys.stdin.buffer); os.kill(os.getpid(), 9)"
    monkeypatch.setattr(processes, "_START", killed)
    assert_same(rx.load(folder, cache=folder.parent / "cache", jobs=2, progress=False), without_cache(folder))
    assert is_from_cache(loaded(folder))


def test_a_writer_that_was_killed_leaves_what_was_there(folder: Path) -> None:
    loaded(folder)
    code = f"""
import os, recexplore as rx
from recexplore.read.cache import stamps
stamps._RACY_NS = 0
os.replace = lambda *given: os.kill(os.getpid(), 9)
rx.load({str(folder)!r}, cache={str(folder.parent / "cache")!r})
"""
    written(folder, "1.json", "Another")
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == -9
    assert len([*(folder.parent / "cache").glob(".recexplore-*")]) == 1
    loaded(folder)
    assert is_from_cache(loaded(folder))


def test_two_writers_and_two_readers(folder: Path) -> None:
    code = f"""
import sys, recexplore as rx
from recexplore.read.cache import stamps
from recexplore.read import cached_load, processes
stamps._RACY_NS, cached_load._FEW = 0, 0.0
right = rx.load({str(folder)!r}, cache=False).events
for _ in range(20):
    if sys.argv[1] == "write":
        corpus = rx.load({str(folder)!r}, cache={str(folder.parent / "cache")!r})
        for each in __import__("pathlib").Path({str(folder.parent / "cache")!r}).glob("*.recexplore"):
            each.unlink(missing_ok=True)
    corpus = rx.load({str(folder)!r}, cache={str(folder.parent / "cache")!r})
    assert corpus.events.equals(right)
"""
    roles = ("write", "write", "read", "read")
    each = [
        subprocess.Popen(
            [sys.executable, "-c", code, role], stderr=subprocess.PIPE, env={**os.environ, "OMP_NUM_THREADS": "1"}
        )
        for role in roles
    ]
    assert [(one.communicate()[1], one.returncode) for one in each] == [(b"", 0)] * 4


OTHERWISE: dict[str, Any] = {
    "strict": {"strict": True},
    "a function excludes": {"exclude": lambda path: path.endswith("1.json")},
    "credentials": {"credentials": "shown"},
}


@pytest.mark.parametrize("name", OTHERWISE)
def test_of_these_nothing_is_kept(folder: Path, name: str) -> None:
    (folder / "bad.json").unlink()
    loaded(folder, **OTHERWISE[name])
    assert not (folder.parent / "cache").exists()


def test_what_is_asked_for_otherwise_is_kept_apart(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(loaded(folder)) == 10
    assert len(loaded(folder, exclude=["*1.json", "*/2.json"])) == 8
    assert len(rx.load(folder, cache=folder.parent / "cache", exclude=iter(["*1.json", "*/2.json"]))) == 8
    assert len(loaded(folder, max_file_bytes=100)) == 1
    monkeypatch.chdir(folder)
    here = rx.load(".", cache=folder.parent / "cache")
    assert_same(here, rx.load(".", cache=False))
    assert [Path(path).name for path in here.recordings["path"]][:2] == ["0.json", "1.json"]


def test_a_small_folder_is_read_as_quickly(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECEXPLORE_CACHE", str(folder.parent / "cache"))
    rx.load(folder)
    assert not (folder.parent / "cache").exists()
    monkeypatch.setattr(cached_load, "_FEWEST_BYTES", 1000)
    rx.load(folder)
    assert is_from_cache(rx.load(folder))
    monkeypatch.setenv("RECEXPLORE_CACHE", "off")
    assert not is_from_cache(rx.load(folder))


def test_a_file_another_and_a_list_are_read(folder: Path) -> None:
    for where in (folder / "1.json", [folder, folder / "1.json"], str(folder / "*.json")):
        assert len(rx.load(where, cache=folder.parent / "cache")) in (1, 9, 10)
    assert not (folder.parent / "cache").exists()


def test_a_list_of_one_folder_is_that_folder(folder: Path) -> None:
    for _ in range(2):
        corpus = rx.load([folder], cache=folder.parent / "cache")
        assert_same(corpus, rx.load([folder], cache=False))
    assert is_from_cache(corpus)
    assert is_from_cache(loaded(folder))
