"""The count sheet: what it says, what it keeps to itself, and how it is known again."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from recexplore.read.sources.paths import REDACTION_SHEET
from recexplore.share.redact.fields import Kind
from recexplore.share.redact.policy import Policy
from recexplore.share.redact.sheet import LeftOut, Sheet, SheetRow, digest_of, known_rows, read_sheet

ROWS = (
    SheetRow("a.json", digest_of(b"a"), Counter({Kind.TEXT: 3, Kind.ID: 1}), keeps_shape=True),
    SheetRow("b/b.json", digest_of(b"b"), Counter({Kind.TEXT: 1}), keeps_shape=False),
)
LEFT_OUT = (LeftOut("/home/me/c.json", "no JSON"), LeftOut("/home/me/d.json", "not read: /home/me/d.json"))


def written(folder: Path, sheet: Sheet) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / REDACTION_SHEET).write_text(json.dumps(sheet.as_json(), indent=2))
    return folder


def test_it_counts_and_promises_nothing() -> None:
    told = str(Sheet(Policy(), ROWS, LEFT_OUT, ("README.json",)))
    assert told.splitlines() == [
        "2 files written",
        "          4  text in 2 files",
        "          1  id in 1 file",
        "warning: the frames of 1 file have another shape than before: b/b.json",
        "left out: /home/me/c.json: no JSON",
        "left out: /home/me/d.json: not read: /home/me/d.json",
        "not copied, for no recording can be read in it: README.json",
        "This counts what was replaced. What nobody expected may still be there: read some files before you pass them on.",
    ]


def test_a_key_is_warned_of_and_many_names_are_few() -> None:
    row = SheetRow("a.json", "", Counter({Kind.SECRET: 2}), was_redacted=True)
    told = str(Sheet(Policy(), (row,), foreign=tuple(f"{number}.json" for number in range(7))))
    assert "warning: 2 values looked like a key that a provider issues; whoever owns it should revoke it" in told
    assert "1 file had been redacted so before, and stayed as they were" in told
    assert "in them: 0.json, 1.json, 2.json, 3.json, 4.json and 2 more" in told


def test_what_lies_with_the_files_names_nothing_that_is_not_among_them() -> None:
    said = Sheet(Policy(), ROWS, LEFT_OUT, ("README.json",)).as_json()
    assert "/home" not in json.dumps(said)
    assert "README" not in json.dumps(said)
    assert said["left_out"] == {"no JSON": 1, "not read": 1}
    assert said["no_recordings"] == 1
    assert said["replaced"] == {"text": 4, "id": 1}


@pytest.mark.parametrize("name", ["\x1b[2J.json", "a\u202eb.json", "a\nb.json"])
def test_names_steer_no_terminal(name: str) -> None:
    told = str(Sheet(Policy(), (SheetRow(name, "", Counter(), keeps_shape=False),), (LeftOut(name, name),), (name,)))
    assert name not in told
    assert all(line.isprintable() for line in told.splitlines())
    assert len(told.splitlines()) == 5


def test_files_are_known_by_the_sheets_in_and_above_a_place(tmp_path: Path) -> None:
    folder = written(tmp_path / "out", Sheet(Policy(), ROWS))
    (folder / "b").mkdir()
    (folder / "b" / "b.json").write_bytes(b"b")
    for place in (folder, folder / "b", folder / "b" / "b.json"):
        rows = known_rows([str(place)], Policy())
        assert set(rows) == {digest_of(b"a"), digest_of(b"b")}
        assert rows[digest_of(b"a")].counts == ROWS[0].counts
        assert rows[digest_of(b"b")].keeps_shape is False
        assert all(row.was_redacted for row in rows.values())
    assert known_rows([str(folder)], Policy(ids="kept")) == {}
    assert known_rows([str(tmp_path / "nowhere")], Policy()) == {}


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"form": "another"}', b"\xff"])
def test_what_is_no_sheet(tmp_path: Path, data: bytes) -> None:
    assert read_sheet(str(tmp_path)) == {}
    (tmp_path / REDACTION_SHEET).write_bytes(data)
    assert read_sheet(str(tmp_path)) == {}
