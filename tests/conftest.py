"""Fixtures that several test files share."""

from __future__ import annotations

import atexit
import gc
import json
import os
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import settings
from synthetic import says, stream

import recexplore
from recexplore import cli, rules
from recexplore.comparison.comparison import Comparison, compare_each
from recexplore.corpus import Corpus

settings.register_profile("recexplore", deadline=None, max_examples=9, derandomize=True, database=None)
settings.register_profile("thorough", deadline=None, max_examples=2000, database=None)
settings.load_profile("recexplore")

# No test reads what another run kept, or leaves anything among the caches of a user; tests of the cache have their own.
os.environ["RECEXPLORE_CACHE"] = "off"

THOROUGH = "RECEXPLORE_THOROUGH"
"""Environment variable: whether tests marked ``thorough`` run, too, which repeat at length what others show in short.

The same hostile texts in each surface of the page that takes long; defects in streams of the world, and more of them; each
setting of the notebooks' sameness by itself; the explorer in a third front end; every cut, form and order of what is short.
"""


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", f"thorough: repeats at length; runs where {THOROUGH} is set")
    config.addinivalue_line(
        "markers", "long: its file is begun first, so that no worker is left alone with it at the end"
    )


IN_A_BROWSER = {"page", "empty_page", "browser"}
"""Fixtures of tests that use a browser. What one draws when is not up to this project alone: such a test may fail once, and
which one was run again is told at the end."""


def pytest_report_header() -> str:
    return f"thorough tests: {'run' if os.environ.get(THOROUGH) else f'left out, set {THOROUGH}=1 to run them'}"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    # Those of one folder share a browser.
    items.sort(key=lambda item: (item.path.parent.name != "explorer", item.get_closest_marker("long") is None))
    for item in items:
        if not IN_A_BROWSER.isdisjoint(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.flaky(reruns=1))
    if os.environ.get(THOROUGH):
        return
    thorough = {each for each in items if each.get_closest_marker("thorough")}
    if thorough:
        config.hook.pytest_deselected(items=[each for each in items if each in thorough])
        items[:] = [each for each in items if each not in thorough]


def pytest_collection_finish() -> None:
    """Thousands of tests and all modules stay to the end: no collection of garbage needs to look at them again."""
    gc.collect()
    gc.freeze()
    atexit.register(gc.unfreeze)  # pytest itself looks five times when it ends; what is left is let go when Python does


_BUNDLED = Path(__file__).parent.parent / "recordings" / "llama-stack"
_CORPUS = "RECEXPLORE_CORPUS"


@pytest.fixture(scope="session")
def bundled_folder() -> Path:
    """The recordings that come with the project."""
    return _BUNDLED


@pytest.fixture(scope="session")
def bundled(bundled_folder: Path) -> Corpus:
    return recexplore.load(bundled_folder, progress=False)


@pytest.fixture(scope="session")
def made(bundled_folder: Path) -> Corpus:
    """The small recordings that were made for what the real ones lack."""
    return recexplore.load(bundled_folder.parent / "made", progress=False)


@pytest.fixture(scope="session")
def formats(bundled_folder: Path) -> Corpus:
    """The small recordings in every format."""
    return recexplore.load(bundled_folder.parent / "formats", progress=False)


@pytest.fixture(scope="session")
def flaky(bundled_folder: Path) -> Corpus:
    """The runs of three requests, which differ in every way."""
    return recexplore.load(bundled_folder.parent / "runs", progress=False)


@pytest.fixture(scope="session")
def all_recordings(bundled_folder: Path) -> Corpus:
    """All that come with the project, but the runs of one request, which are `flaky`: each shows something of its own."""
    folders = [str(bundled_folder.parent / name) for name in ("formats", "llama-stack", "made")]
    return recexplore.load(folders, progress=False)


@pytest.fixture(scope="session")
def corpus_folder() -> Path:
    """A larger collection of real recordings, where there is one; it is not part of the project."""
    where = os.environ.get(_CORPUS)
    if not where:
        pytest.skip(f"the environment variable {_CORPUS} names no folder of further recordings (`ogx`, `ogx-history`)")
    return Path(where)


@pytest.fixture(scope="session")
def ogx(corpus_folder: Path) -> Corpus:
    """More than a thousand recordings of llama-stack's own tests."""
    return recexplore.load(corpus_folder / "ogx", progress=False)


@pytest.fixture(scope="session")
def ogx_comparisons(ogx: Corpus) -> list[Comparison]:
    """The runs of each request that was recorded several times, compared."""
    return compare_each(recexplore.runs(ogx))


@pytest.fixture(scope="session")
def scattered_runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The examples of rules that hold runs against one another, a file a run: those of one request in several folders."""
    root = tmp_path_factory.mktemp("runs")
    for path in (Path(rules.__file__).parent / "examples").glob("run-*.yaml"):
        cassette = yaml.safe_load(path.read_bytes())
        for number, interaction in enumerate(cassette["interactions"]):
            (root / str(number)).mkdir(exist_ok=True)
            own = {**cassette, "interactions": [interaction]}
            (root / str(number) / path.name).write_text(yaml.safe_dump(own), encoding="utf-8")
    return root


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Runs a command in this process; gives exit code and output."""

    def call(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["recexplore", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out, err

    return call


LETTERS = str.maketrans("0123456789", "klmnopqrst")
"""For digits, which may mean something where names are read."""


@pytest.fixture(scope="session")
def read(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Corpus]:
    """Loads one document, given as bytes or as what its JSON means, from a file of its own, which is searched or named."""
    root, numbers = tmp_path_factory.mktemp("read"), count()

    def read(document: Any, name: str = "recording.json", *, named: bool = False, **options: Any) -> Corpus:
        # A folder with 404 in its name would say that its recordings are of failures.
        folder = root / ("z" + str(next(numbers)).translate(LETTERS))
        folder.mkdir()
        data = document if isinstance(document, bytes) else json.dumps(document).encode()
        (folder / name).write_bytes(data)
        return recexplore.load(folder / name if named else folder, progress=False, **options)

    return read


@pytest.fixture
def two_folders(tmp_path: Path) -> Path:
    """Three recordings in two folders, two of which share the beginning of their names."""
    for name in ("a/0123456789abX", "b/0123456789abY", "b/other"):
        path = tmp_path / f"{name}.json"
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(stream(says(name), says("!"))))
    return tmp_path
