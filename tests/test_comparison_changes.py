"""What changed between two loads: equal files, runs of a request, and files that ask something else."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from compared_kit import TEXT, asked, recorded
from git_kit import commit, forget_settings, git
from run_kit import loaded

import recexplore
import recexplore.comparison.changes as changes_module
from recexplore.comparison.changes import STATUSES, Changes, changes
from recexplore.comparison.levels import COMPARED
from recexplore.corpus import Corpus

PLANET = TEXT.replace("star", "planet")


def said(found: Changes) -> list[tuple[str, str, str | None]]:
    return [(each.name, each.status, each.level) for each in found]


def test_every_bundled_recording_is_the_same_as_itself(all_recordings: Corpus) -> None:
    found = changes(
        all_recordings, list(recexplore.load("recordings", exclude=lambda path: "runs/" in path, progress=False))
    )
    assert found.counts == dict.fromkeys(STATUSES, 0) | {"same": len(all_recordings)}
    assert all(each.comparison is None for each in found), "equal files are not compared"
    assert (found.verdict, found.level, found.differs()) == ("identical", None, False)
    assert repr(found) == f"Changes: {len(all_recordings)} recordings: nothing changed."


@pytest.mark.parametrize(
    ("after", "status", "level", "verdict"),
    [
        (recorded(), "same", None, "identical"),
        (recorded(id_="chatcmpl-2"), "same", None, "identical"),
        (recorded(request=asked(user="ann")), "same", None, "identical"),
        (recorded(cut=7), "changed", "wire", "other wire"),
        (recorded(PLANET), "changed", "text", "other words"),
        (recorded(finish="length"), "changed", "structure", "other structure"),
        (recorded(finish=None), "changed", "structure", "broken"),
        (recorded(request=asked(temperature=1)), "request changed", None, "identical"),
        (recorded(PLANET, request=asked("bye")), "request changed", "text", "other words"),
    ],
)
def test_what_became_of_a_file(after: Any, status: str, level: str | None, verdict: str) -> None:
    other = recorded("Something else.", request=asked("else"))
    found = changes(loaded(recorded(), other), loaded(after, other))
    assert said(found) == [("run-0.json", status, level), ("run-1.json", "same", None)]
    assert found[0].verdict == verdict
    assert found.level == level
    for gate in COMPARED:
        weighs = level is not None and COMPARED.index(level) <= COMPARED.index(gate)  # type: ignore[arg-type]
        assert found.differs(gate) == (weighs or status == "request changed")


def test_what_came_and_what_went() -> None:
    one, two = recorded(request=asked("one")), recorded(request=asked("two"))
    found = changes(loaded(one), loaded(one, two))
    assert said(found) == [("run-0.json", "same", None), ("run-1.json", "added", None)]
    assert found.differs("structure")
    assert found[1].verdict is None
    found = changes(loaded(one, two), loaded(one))
    assert said(found) == [("run-0.json", "same", None), ("run-1.json", "removed", None)]
    assert found.words == "2 recordings: 1 removed."
    assert [len(each.before) for each in found] == [1, 1]
    assert changes(loaded(), loaded()).words == "There is nothing to compare."


def test_a_file_that_is_called_otherwise_is_known_by_its_bytes_or_its_request() -> None:
    one, two = recorded(request=asked("one")), recorded(request=asked("two"))
    again = recorded(request=asked("two"), id_="chatcmpl-2")
    assert said(changes(loaded(one, two), loaded(two, one))) == [
        ("run-0.json", "same", None),
        ("run-1.json", "same", None),
    ]
    found = changes(loaded(one, two), loaded(again, one))
    assert [(each.before[0].name, each.after[0].name) for each in found] == [
        ("run-1.json", "run-0.json"),
        ("run-0.json", "run-1.json"),
    ]
    assert found.counts["same"] == 2


def test_one_recording_and_another_are_compared_in_any_case(tmp_path: Path) -> None:
    for name, document in (("a", recorded()), ("b", recorded(PLANET, request=asked("bye", seed=1)))):
        (tmp_path / f"{name}.json").write_text(json.dumps(document))
    one, other = (recexplore.load(tmp_path / f"{name}.json", progress=False) for name in "ab")
    (change,) = changes(one, other)
    assert (change.status, change.level) == ("request changed", "text")
    assert sorted(each.path for each in change.request) == ["messages[0].content", "seed"]
    # With more on a side, a file is compared with the file of its name.
    assert changes(one, [other, loaded(recorded(request=asked("third")))]).counts["removed"] == 1


def test_sides_with_several_runs_are_equal_where_each_run_has_an_equal_one() -> None:
    before = loaded(recorded(), recorded(PLANET), recorded())
    after = loaded(recorded(PLANET, id_="x"), recorded(id_="x"))
    (change,) = changes(before, after, as_runs=True)
    assert (change.status, len(change.before), len(change.after)) == ("same", 3, 2)
    assert changes(before, after, as_runs=True).words == "1 request: nothing changed."
    (change,) = changes(before, loaded(recorded(id_="x"), recorded(id_="y")), as_runs=True)
    assert (change.status, change.level) == ("changed", "text")
    (change,) = changes(before, loaded(recorded(PLANET, id_="x"), recorded(cut=7)), as_runs=True)
    assert (change.status, change.level) == ("changed", "wire")


def test_each_file_is_looked_at_for_itself_where_several_ask_the_same() -> None:
    """A suite replays each cassette: that the answers have only changed places is no comfort to it."""
    before = loaded(recorded(), recorded(PLANET), recorded(cut=7))
    found = changes(before, loaded(recorded(PLANET, id_="x"), recorded(id_="y")))
    assert said(found) == [
        ("run-0.json", "changed", "text"),
        ("run-1.json", "changed", "text"),
        ("run-2.json", "removed", None),
    ]
    assert found.words == "3 recordings: 2 answered otherwise, 1 removed."
    assert changes(before, loaded(recorded(PLANET), recorded())).counts["changed"] == 2


def test_a_run_in_an_equal_file_is_one_of_its_request() -> None:
    same = recorded()
    assert said(changes(loaded(same), loaded(same, same), as_runs=True)) == [("run-0.json", "same", None)]
    assert said(changes(loaded(same, same), loaded(same), as_runs=True)) == [("run-0.json", "same", None)]
    (change,) = changes(loaded(same, recorded(PLANET)), loaded(same), as_runs=True)
    assert (change.status, change.level, len(change.before), len(change.after)) == ("changed", "text", 2, 1)
    assert change.comparison is not None
    assert [each.status for each in changes(loaded(same, same), loaded(same, same))] == ["same", "same"]


def test_the_order_of_recordings_changes_nothing() -> None:
    before = loaded(recorded(), recorded(PLANET), recorded(request=asked("two")))
    after = loaded(recorded(id_="x"), recorded(cut=7), recorded(request=asked("three")))
    found = changes(list(before), list(after))
    turned = changes(list(before)[::-1], list(after)[::-1])
    facts = [
        sorted((each.status, str(each.level), str(each.verdict)) for each in each_of) for each_of in (found, turned)
    ]
    assert facts[0] == facts[1]


def test_without_a_request_a_file_is_compared_with_itself(tmp_path: Path) -> None:
    stream = b'data: {"object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"%s"}}]}\n\n'
    for side, text in (("before", b"a"), ("after", b"b")):
        (tmp_path / side).mkdir()
        (tmp_path / side / "one.sse").write_bytes(stream % text)
        (tmp_path / side / "two.sse").write_bytes(stream % b"same")
    found = changes(*(recexplore.load(tmp_path / side, progress=False) for side in ("before", "after")))
    assert said(found) == [("one.sse", "changed", "text"), ("two.sse", "same", None)]


def test_other_ways_to_group() -> None:
    before, after = loaded(recorded(), recorded("Bye.", request=asked("bye"))), None
    after = loaded(recorded(request=asked(temperature=1)), recorded("Bye.", request=asked("bye")))
    assert changes(before, after).counts["request changed"] == 1
    assert changes(before, after, by="messages").counts["same"] == 2
    (change,) = changes(before, after, by=lambda recording: 0, as_runs=True)
    assert (len(change.before), len(change.after)) == (2, 2)
    with pytest.raises(ValueError, match=r"by: expected one of request, .* or a function, found 'model'"):
        changes(before, after, by="model")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="not str"):
        changes(["recordings"], after)  # type: ignore[list-item]


def test_what_is_in_memory_is_compared_too() -> None:
    chunks = [{"choices": [{"index": 0, "delta": {"content": text}}]} for text in ("a", "b")]
    one, other = recexplore.from_chunks(chunks), recexplore.from_chunks(chunks[:1])
    assert [each.level for each in changes(one, other)] == ["text"]
    (change,) = changes(one, recexplore.from_chunks(chunks))
    assert change.status == "same"
    assert change.comparison is not None, "nobody knows that they are one file"


def test_the_frame_has_a_row_a_change() -> None:
    before = loaded(recorded(), recorded(request=asked("two")), recorded(request=asked("three")))
    after = loaded(recorded(PLANET), recorded(request=asked("two", seed=2)))
    frame = changes(before, after).frame
    assert frame["status"].tolist() == ["changed", "request changed", "removed"]
    assert frame["verdict"].tolist()[:2] == ["other words", "identical"]
    assert frame["verdict"].isna().tolist() == [False, False, True]
    assert frame["differs"].tolist()[0].startswith("content, ")
    assert frame["request"].tolist() == ["", "seed", ""]
    assert frame["before"].str.endswith("run-2.json").tolist()[2]
    pd.testing.assert_index_equal(changes([], []).frame.columns, frame.columns)


def test_a_cassette_that_was_recorded_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bundled_folder: Path
) -> None:
    forget_settings(monkeypatch, tmp_path.parent)
    git(tmp_path, "init", "-q")
    files = {f"tests/{path.name}": path.read_bytes() for path in bundled_folder.glob("*.json")}
    commit(tmp_path, files)
    name = next(each for each in files if "f6960" in each)
    text = recexplore.load(bundled_folder, progress=False)["f6960cae871e"].choices["content"][0]
    word = text.split()[4]
    again = files[name].replace(f'"content": " {word}"'.encode(), b'"content": " else"')
    assert again != files[name]
    commit(tmp_path, {name: again})
    sides = [recexplore.load(tmp_path / "tests", rev=rev, progress=False) for rev in ("HEAD~1", "HEAD")]
    found = changes(*sides)
    assert found.counts == dict.fromkeys(STATUSES, 0) | {"changed": 1, "same": len(files) - 1}
    (change,) = [each for each in found if each.status == "changed"]
    assert change.level == "text"
    assert change.comparison is not None
    parted = change.comparison.divergences.iloc[0]
    assert parted["char"] == text.index(word)
    assert {parted["says"].split()[0], parted["reference_says"].split()[0]} == {"else", word}
    # The working tree is a side, too.
    assert not changes(sides[1], recexplore.load(tmp_path / "tests", progress=False)).differs()


def test_of_a_thousand_files_those_that_differ_are_compared(
    corpus_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(corpus_folder / "ogx", tmp_path / "ogx")
    marked = [path for path in sorted((tmp_path / "ogx").rglob("*.json")) if '"stop"' in path.read_text()][:5]
    for path in marked:
        path.write_text(path.read_text().replace('"stop"', '"length"'))
    sides = [recexplore.load(folder / "ogx", progress=False) for folder in (corpus_folder, tmp_path)]
    asked_for: list[object] = []
    compare_each = changes_module.compare_each
    monkeypatch.setattr(
        changes_module, "compare_each", lambda groups: compare_each(asked_for.extend(each := list(groups)) or each)
    )
    found = changes(*sides)
    assert {each.name.rpartition("/")[2] for each in found if each.status != "same"} <= {path.name for path in marked}
    assert found.counts["same"] >= len(sides[0]) - 5
    assert len(asked_for) <= 5
    assert found.level == "structure"
