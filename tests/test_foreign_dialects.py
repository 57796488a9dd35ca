"""A dialect that comes by entry point is worth as much as ours.

Every dialect of ours is taken away and brought again by a package of its own, under another name: all examples of rules
and the bundled recordings, then give the same frames and the same findings.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

import recexplore
from recexplore.read import registry
from recexplore.read.dialects import DIALECTS, unknown
from recexplore.rules.examples import FOLDER

PREFIX = "foreign_"
SOURCE = """
from dataclasses import replace
from recexplore.read.dialects import DIALECTS
ours = next(each for each in DIALECTS if each.name == "{name}")
dialect = replace(ours, name="{prefix}{name}")
"""
BUNDLED = Path(__file__).parent.parent / "recordings"
FRAMES = ("recordings", "requests", "chunks", "events", "choices", "tool_calls", "usage", "problems", "findings")


@pytest.fixture
def foreign(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """All dialects but `unknown`, each installed by a package of its own under another name, and none of ours."""
    for number, dialect in enumerate(DIALECTS):
        if dialect is unknown.DIALECT:
            continue
        (tmp_path / f"brings_{dialect.name}.py").write_text(SOURCE.format(name=dialect.name, prefix=PREFIX))
        about = tmp_path / f"brings_{dialect.name}-1.0.dist-info"
        about.mkdir()
        (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: brings-{dialect.name}\nVersion: 1.0\n")
        # Entry points come in the order of their names; ours are asked in that of `DIALECTS`.
        point = f"{number:03}-{dialect.name} = brings_{dialect.name}:dialect"
        (about / "entry_points.txt").write_text(f"[recexplore.dialects]\n{point}\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(registry, "DIALECTS", (unknown.DIALECT,))
    registry.known.cache_clear()
    yield
    registry.known.cache_clear()


def frames_of(where: Path) -> dict[str, pd.DataFrame]:
    corpus = recexplore.load(where, progress=False)
    frames = {name: getattr(corpus, name) for name in FRAMES}
    assert not frames["findings"].attrs.get("failed")
    return frames


@pytest.fixture(scope="module")
def own() -> dict[Path, dict[str, pd.DataFrame]]:
    """What our own dialects give."""
    return {where: frames_of(where) for where in (FOLDER, BUNDLED)}


@pytest.mark.usefixtures("foreign")
@pytest.mark.parametrize("where", [FOLDER, BUNDLED], ids=["examples", "bundled"])
def test_the_same_frames_and_findings_under_another_name(own: dict[Path, dict[str, pd.DataFrame]], where: Path) -> None:
    assert [dialect.name for dialect in registry.known().all[1:]] == [f"{PREFIX}{each.name}" for each in DIALECTS[:-1]]

    foreign = frames_of(where)
    named = foreign["recordings"]["dialect"]
    assert set(named) - {"unknown"} == {f"{PREFIX}{name}" for name in own[where]["recordings"]["dialect"]} - {
        "foreign_unknown"
    }
    foreign["recordings"]["dialect"] = named.str.removeprefix(PREFIX)
    for name in FRAMES:
        pd.testing.assert_frame_equal(foreign[name], own[where][name])


@pytest.mark.usefixtures("foreign")
def test_every_rule_that_fires_in_an_example_still_does(own: dict[Path, dict[str, pd.DataFrame]]) -> None:
    fired = set(frames_of(FOLDER)["findings"]["rule"])

    assert fired == set(own[FOLDER]["findings"]["rule"])
    assert len(fired) > 40
