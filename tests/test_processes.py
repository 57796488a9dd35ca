"""Reading with helpers: the same whoever reads, however it is started, and whatever happens to a helper."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from same_frames import assert_same

import recexplore
from recexplore.corpus import Corpus
from recexplore.model.exchange import Blob
from recexplore.read import helper_process, processes
from recexplore.read.processes import fitting_jobs
from recexplore.read.sources import held, search
from recexplore.read.workers import Amount, ProgressListener

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals")


@pytest.fixture
def helpers_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """This process reads only what helpers give back."""
    monkeypatch.setattr(processes, "_PARENT_READS", False)


@pytest.fixture
def read_here(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many files this process read, each time that it did."""
    sizes: list[int] = []
    read_files = processes.read_files

    def counting(found: Iterable[Blob], options: object) -> object:
        found = list(found)
        sizes.extend([len(found)] if found else [])
        return read_files(found, options)  # type: ignore[arg-type]

    monkeypatch.setattr(processes, "read_files", counting)
    return sizes


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which this process puts folders for its helpers."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setattr(processes, "_SHARED_MEMORY", str(folder))
    return folder


@pytest.mark.usefixtures("helpers_alone")
def test_helpers_give_what_one_process_gives(
    bundled: Corpus, bundled_folder: Path, read_here: list[int], scratch: Path
) -> None:
    assert_same(recexplore.load(bundled_folder, jobs=3, progress=False), bundled)
    assert not read_here
    assert not list(scratch.iterdir())


@pytest.mark.usefixtures("helpers_alone")
def test_a_helper_that_is_killed_costs_only_its_part(
    bundled: Corpus, bundled_folder: Path, read_here: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    send = processes._send

    def kill_once_told(pipe: object, value: object) -> None:
        send(pipe, value)  # type: ignore[arg-type]
        if isinstance(value, helper_process.Task):
            os.kill(started[0].pid, signal.SIGKILL)

    started: list[subprocess.Popen[bytes]] = []
    popen = subprocess.Popen

    def starting(*args: object, **options: object) -> subprocess.Popen[bytes]:
        started.append(popen(*args, **options))  # type: ignore[call-overload]
        return started[-1]

    monkeypatch.setattr(processes, "_send", kill_once_told)
    monkeypatch.setattr(processes.subprocess, "Popen", starting)
    assert_same(recexplore.load(bundled_folder, jobs=2, progress=False), bundled)
    assert read_here


STAGES = {
    "before its first word": "os.kill(os.getpid(), signal.SIGKILL)",
    "as it writes": """
def half(batch, part, sink):
    sink.write(bytes(100))
    os.kill(os.getpid(), signal.SIGKILL)
helper_process.write_batch = half
""",
    "after it wrote": """
write = helper_process.write_batch
def whole(batch, part, sink):
    write(batch, part, sink)
    sink.close()
    os.kill(os.getpid(), signal.SIGKILL)
helper_process.write_batch = whole
""",
    "as it answers": """
answer = helper_process._answer
def half(answers, value):
    if value is True:
        return answer(answers, value)
    said = pickle.dumps(value)
    answers.write(said[:-5])
    answers.flush()
    os.kill(os.getpid(), signal.SIGKILL)
helper_process._answer = half
""",
    "when its memory is full": """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
""",
}
"""What happens to a helper, and how it is brought about in it."""


def start_with(code: str) -> str:
    begin = "import os, pickle, signal, sys; sys.path[:] = pickle.load(sys.stdin.buffer)"
    return f"{begin}\nfrom recexplore.read import helper_process\n{code}\nhelper_process.main(sys.argv[1])"


@pytest.mark.usefixtures("helpers_alone")
@pytest.mark.parametrize("stage", STAGES)
def test_a_helper_that_ends_at_any_stage_costs_only_its_part(
    stage: str, bundled: Corpus, bundled_folder: Path, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left: list[list[str]] = []
    read_files = processes.read_files

    def listing(found: Iterable[Blob], options: object) -> object:
        if found := list(found):
            files = [each for each in scratch.rglob("*") if each.is_file() and each.name != "parts"]
            left.append([each.name for each in files if each.stat().st_size])
        return read_files(found, options)  # type: ignore[arg-type]

    monkeypatch.setattr(processes, "read_files", listing)
    monkeypatch.setattr(processes, "_START", start_with(STAGES[stage]))
    assert_same(recexplore.load(bundled_folder, jobs=2, progress=False, cache=False), bundled)
    assert left
    assert stage != "when its memory is full" or not any(left)
    assert not list(scratch.iterdir())


@pytest.mark.usefixtures("helpers_alone")
def test_a_helper_of_another_version_reads_nothing(
    bundled: Corpus, bundled_folder: Path, read_here: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "_START", start_with("import recexplore; recexplore.__version__ = '0.0'"))
    with pytest.warns(UserWarning, match="has other code"):
        corpus = recexplore.load(bundled_folder, jobs=2, progress=False, cache=False)
    assert_same(corpus, bundled)
    assert sum(read_here) == len(list(bundled_folder.glob("*.json")))


@pytest.mark.usefixtures("helpers_alone")
def test_without_a_place_to_write_one_process_reads(
    bundled: Corpus, bundled_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(**options: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(processes.tempfile, "mkdtemp", full)
    assert_same(recexplore.load(bundled_folder, jobs=2, progress=False, cache=False), bundled)


KILLED = """
import os, signal, sys
import recexplore
from recexplore.read import processes
processes._PARENT_READS = False
processes._SHARED_MEMORY = sys.argv[3]
called = getattr(processes, sys.argv[2])
def end(*given):
    called(*given)
    if sys.argv[2] == "_taken" or isinstance(given[1], processes.Task):
        os.kill(os.getpid(), signal.SIGKILL)
setattr(processes, sys.argv[2], end)
recexplore.load(sys.argv[1], jobs=3, progress=False, cache=False)
"""


@pytest.mark.parametrize("after", ["_send", "_taken"], ids=["while it reads", "while it waits"])
def test_a_helper_ends_with_its_parent_and_leaves_nothing(bundled_folder: Path, after: str, scratch: Path) -> None:
    # Helpers hold the pipes of what they write to: this returns when the last of them has ended.
    script = [sys.executable, "-c", KILLED, str(bundled_folder), after, str(scratch)]
    ran = subprocess.run(script, capture_output=True, text=True, timeout=60)
    assert (ran.returncode, ran.stderr) == (-signal.SIGKILL, "")
    assert not list(scratch.iterdir())


@pytest.mark.usefixtures("helpers_alone")
def test_without_an_interpreter_one_process_reads(
    bundled: Corpus, bundled_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    assert_same(recexplore.load(bundled_folder, jobs=2, progress=False), bundled)


def test_plugins_that_a_helper_lacks_keep_it_from_reading(
    bundled: Corpus, bundled_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "_PARENT_READS", False)
    monkeypatch.setattr(processes, "readers_here", lambda: (*helper_process.readers_here(), "dialect of mine"))
    with pytest.warns(UserWarning, match="lacks plug-ins"):
        corpus = recexplore.load(bundled_folder, jobs=2, progress=False)
    assert_same(corpus, bundled)


@pytest.mark.usefixtures("helpers_alone")
def test_what_cannot_travel_is_read_here(bundled_folder: Path, read_here: list[int]) -> None:
    path = min(bundled_folder.glob("*.json"))
    blobs = [Blob(name, name, lambda limit: path.read_bytes(), ("memory", name)) for name in ("a.json", "b.json")]
    assert len(recexplore.load(blobs, jobs=2, progress=False)) == 2
    assert sum(read_here) == 2


SCRIPT = """
import recexplore, sys
corpus = recexplore.load(sys.argv[1], jobs=2, progress=False)
print(len(corpus.recordings), len(corpus.events))
"""


@pytest.mark.parametrize("way", ["from standard input", "a script without a guard"])
def test_it_works_however_python_was_started(bundled: Corpus, bundled_folder: Path, tmp_path: Path, way: str) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    name = "-" if way == "from standard input" else str(script)
    ran = subprocess.run(
        [sys.executable, name, str(bundled_folder)], input=SCRIPT, capture_output=True, text=True, timeout=60
    )
    assert (ran.stdout.split(), ran.stderr) == ([str(len(bundled.recordings)), str(len(bundled.events))], "")


INTERRUPTED = """
import os, signal, sys, threading
import recexplore
from recexplore.read import processes
processes._PARENT_READS = False
processes._SHARED_MEMORY = sys.argv[2]
serve = processes._send
def interrupt(pipe, value):
    os.kill(os.getpid(), signal.SIGINT)
    serve(pipe, value)
processes._send = interrupt
try:
    recexplore.load(sys.argv[1], jobs=3, progress=False)
except KeyboardInterrupt:
    print("interrupted")
"""


def test_an_interrupt_leaves_nothing(bundled_folder: Path, scratch: Path) -> None:
    script = [sys.executable, "-c", INTERRUPTED, str(bundled_folder), str(scratch)]
    ran = subprocess.run(script, capture_output=True, text=True, timeout=60)
    assert (ran.stdout, ran.stderr) == ("interrupted\n", "")
    assert not list(scratch.iterdir())


def test_progress_counts_files_whoever_reads_them(bundled_folder: Path) -> None:
    told: list[tuple[int, int]] = []
    recexplore.load(bundled_folder, jobs=2, progress=lambda done, total: told.append((done, total)))
    n = len(list(bundled_folder.glob("*.json")))
    assert told[-1] == (n, n)
    assert told == sorted(told)


@pytest.mark.parametrize(
    ("n_bytes", "cores", "jobs"), [(59e6, 8, 1), (60e6, 8, 2), (1e9, 4, 4), (1e9, 1, 1), (0, 8, 1)]
)
def test_processes_are_as_many_as_it_is_worth(
    n_bytes: float, cores: int, jobs: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(cores)), raising=False)
    large = Blob("a.json", "a.json", held(b"", "a").read, ("file", "/a.json", int(n_bytes), 0))
    assert fitting_jobs([large]) == jobs


def test_files_stay_in_order_however_they_are_shared(
    bundled_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many parts, several in one batch, of which this process reads some and some cannot travel."""
    files = sorted(bundled_folder.glob("*.json"))
    names = [f"{at:03}.json" for at in range(36)]
    for at, name in enumerate(names):
        (tmp_path / name).write_bytes(files[at % len(files)].read_bytes())
    blobs = [
        Blob(name, name, (lambda limit, name=name: (tmp_path / name).read_bytes()), ("memory", name))
        if at % 7 == 3
        else replace(next(iter(search(tmp_path / name))), path=name, name=name)
        for at, name in enumerate(names)
    ]
    monkeypatch.setattr(processes, "_PARTS_PER_JOB", 20)
    expected = recexplore.load(blobs, jobs=1, progress=False)
    corpus = recexplore.load(blobs, jobs=3, progress=False)
    assert_same(corpus, expected)
    assert corpus.recordings["path"].tolist() == names


@pytest.mark.usefixtures("helpers_alone")
@pytest.mark.parametrize("damage", [os.unlink, lambda path: os.truncate(path, 100)], ids=["gone", "cut"])
def test_a_batch_that_cannot_be_taken_is_read_here(
    damage: Callable[[str], None], bundled: Corpus, bundled_folder: Path, read_here: list[int], monkeypatch
) -> None:
    taken = processes._taken

    def damaged(path: str, found: list[Blob]) -> object:
        damage(path)
        return taken(path, found)

    monkeypatch.setattr(processes, "_taken", damaged)
    assert_same(recexplore.load(bundled_folder, jobs=2, progress=False, cache=False), bundled)
    assert sum(read_here) == len(list(bundled_folder.glob("*.json")))


def test_members_of_an_archive_are_read_here(bundled_folder: Path, tmp_path: Path, read_here: list[int]) -> None:
    """Whoever reads an archive in several processes opens it in each, and reads a tar from its beginning."""
    path = tmp_path / "all.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        archive.add(bundled_folder, "all")
    found = list(search(path))
    assert fitting_jobs(found * 10_000) == 1
    corpus = recexplore.load(path, jobs=2, progress=False)
    assert sum(read_here) == len(corpus) == len(found)
    told: list[Amount] = []
    recexplore.load(path, jobs=2, progress=ProgressListener(told.append))
    assert 0.9 * path.stat().st_size < told[-1].n_bytes <= told[-1].of_bytes <= path.stat().st_size


def test_what_may_be_only_for_this_process_does_not_wait_for_others(
    bundled_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An archive behind the files that a helper takes first: every stretch is read once, in its order."""
    for at, file in enumerate(sorted(bundled_folder.glob("*.json")) * 4):
        (tmp_path / f"a{at:02}.json").write_bytes(file.read_bytes())
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        for file in sorted(bundled_folder.glob("*.json")):
            archive.write(file, file.name)
    expected = recexplore.load([tmp_path, tmp_path / "b.zip"], jobs=1, progress=False, cache=False)
    monkeypatch.setattr(processes, "_PARTS_PER_JOB", 20)
    assert_same(recexplore.load([tmp_path, tmp_path / "b.zip"], jobs=3, progress=False, cache=False), expected)


@pytest.mark.usefixtures("helpers_alone")
def test_no_helper_costs_a_descriptor_as_long_as_the_corpus_lives(bundled_folder: Path) -> None:
    before = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else None
    corpus = recexplore.load(bundled_folder, jobs=3, progress=False, cache=False)
    assert len(corpus)
    assert before is None or len(os.listdir("/proc/self/fd")) <= before


@pytest.mark.parametrize("lack", ["a name of the interpreter", "threads"])
def test_where_helpers_cannot_be_had_one_process_reads(
    lack: str, bundled: Corpus, bundled_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cannot_start(thread: object) -> None:
        raise RuntimeError("can't start new thread")

    if lack == "threads":
        monkeypatch.setattr(processes.threading.Thread, "start", cannot_start)
    else:
        monkeypatch.setattr(sys, "executable", None)
    assert_same(recexplore.load(bundled_folder, jobs=3, progress=False, cache=False), bundled)


def test_a_part_that_two_processes_read_is_there_once(
    bundled_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """This process cannot claim anything for a while, and reads what a helper has claimed."""
    files = sorted(bundled_folder.glob("*.json"))
    for at in range(40):
        (tmp_path / f"{at:02}.json").write_bytes(files[at % len(files)].read_bytes())
    expected = recexplore.load(tmp_path, jobs=1, progress=False, cache=False)
    monkeypatch.setattr(processes, "_PARTS_PER_JOB", 20)
    monkeypatch.setattr(processes, "claim", lambda folder, part: None)
    assert_same(recexplore.load(tmp_path, jobs=3, progress=False, cache=False), expected)
