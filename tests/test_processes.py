"""Reading with helpers: the same whoever reads, however it is started, and whatever happens to a helper."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from same_frames import assert_same

import recexplore
from recexplore.corpus import Corpus
from recexplore.model.exchange import Blob
from recexplore.read import helper_process, processes
from recexplore.read.processes import fitting_jobs
from recexplore.read.sources import held

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals")

FOLDER_OF_SCRATCH = Path(processes._SHARED_MEMORY)


@pytest.fixture
def helpers_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """This process reads only what helpers give back."""
    monkeypatch.setattr(processes, "_PARENT_READS", False)


@pytest.fixture
def read_here(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many files each part had that this process read."""
    sizes: list[int] = []
    read_files = processes.read_files

    def counting(part: list[Blob], options: object) -> object:
        sizes.append(len(part))
        return read_files(part, options)  # type: ignore[arg-type]

    monkeypatch.setattr(processes, "read_files", counting)
    return sizes


def scratch() -> set[str]:
    return {each.name for each in FOLDER_OF_SCRATCH.glob("recexplore-*")} if FOLDER_OF_SCRATCH.is_dir() else set()


@pytest.mark.usefixtures("helpers_alone")
def test_helpers_give_what_one_process_gives(bundled: Corpus, bundled_folder: Path, read_here: list[int]) -> None:
    before = scratch()
    assert_same(recexplore.load(bundled_folder, jobs=3, progress=False), bundled)
    assert not read_here
    assert scratch() <= before


@pytest.mark.usefixtures("helpers_alone")
def test_a_helper_that_is_killed_costs_only_its_part(
    bundled: Corpus, bundled_folder: Path, read_here: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    send = processes._send

    def kill_first(pipe: object, value: object) -> None:
        if isinstance(value, list) and value and isinstance(value[0], Blob):
            os.kill(started[0].pid, signal.SIGKILL)
        send(pipe, value)  # type: ignore[arg-type]

    started: list[subprocess.Popen[bytes]] = []
    popen = subprocess.Popen

    def starting(*args: object, **options: object) -> subprocess.Popen[bytes]:
        started.append(popen(*args, **options))  # type: ignore[call-overload]
        return started[-1]

    monkeypatch.setattr(processes, "_send", kill_first)
    monkeypatch.setattr(processes.subprocess, "Popen", starting)
    assert_same(recexplore.load(bundled_folder, jobs=2, progress=False), bundled)
    assert read_here


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
    monkeypatch.setattr(processes, "plugins_here", lambda: (*helper_process.plugins_here(), "dialect of mine"))
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


def test_an_interrupt_leaves_nothing(bundled_folder: Path) -> None:
    before = scratch()
    ran = subprocess.run(
        [sys.executable, "-c", INTERRUPTED, str(bundled_folder)], capture_output=True, text=True, timeout=60
    )
    assert (ran.stdout, ran.stderr) == ("interrupted\n", "")
    assert scratch() <= before


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
