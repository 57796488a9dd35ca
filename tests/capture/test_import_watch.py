from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from recexplore.capture.in_process.import_watch import ImportWatch

NAMES = ["watched_package", "watched_module", "unwatched_module"]


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[ModuleType]]:
    """The modules that a watch told of."""
    (tmp_path / "watched_package").mkdir()
    (tmp_path / "watched_package" / "__init__.py").write_text(
        "from watched_package import inner\nvalue = inner.value\n"
    )
    (tmp_path / "watched_package" / "inner.py").write_text("value = 1\n")
    (tmp_path / "watched_module.py").write_text("value = 2\n")
    (tmp_path / "unwatched_module.py").write_text("value = 3\n")
    (tmp_path / "watched_broken.py").write_text("raise LookupError('broken')\n")
    monkeypatch.syspath_prepend(tmp_path)
    modules: list[ModuleType] = []
    watch = ImportWatch(["watched_package", "watched_module", "watched_broken", "watched_nowhere"], modules.append)
    watch.start()
    yield modules
    watch.stop()
    watch.stop()
    assert watch not in sys.meta_path
    for name in [each for each in sys.modules if each.startswith(("watched_", "unwatched_"))]:
        del sys.modules[name]


@pytest.mark.parametrize("name", ["watched_package", "watched_module"])
def test_it_is_told_of_a_module_that_is_whole(told: list[ModuleType], name: str) -> None:
    module = importlib.import_module(name)

    assert told == [module]
    assert module.value
    importlib.import_module(name)
    assert len(told) == 1


def test_it_is_not_told_of_others(told: list[ModuleType]) -> None:
    importlib.import_module("unwatched_module")

    assert told == []


def test_a_module_is_as_if_nobody_watched(told: list[ModuleType]) -> None:
    seen = importlib.import_module("watched_module")
    unseen = importlib.import_module("unwatched_module")

    assert type(seen.__loader__) is type(unseen.__loader__)
    assert seen.__spec__ is not None
    assert seen.__spec__.loader is seen.__loader__
    importlib.reload(seen)


def test_a_module_that_fails(told: list[ModuleType]) -> None:
    with pytest.raises(LookupError, match="broken"):
        importlib.import_module("watched_broken")
    assert told == []


def test_a_module_that_is_nowhere(told: list[ModuleType]) -> None:
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("watched_nowhere")
    assert told == []
