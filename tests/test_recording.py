from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path

import pandas as pd
import pytest
from synthetic import recording, says, stream

import recexplore
from recexplore import RecordingNotFound, SourceChanged
from recexplore.corpus import Corpus, Recording
from recexplore.model.schema import FRAMES


@pytest.mark.parametrize("name", [name for name in FRAMES if name != "problems"])
def test_a_recordings_frames_are_its_rows(bundled: Corpus, name: str) -> None:
    whole = getattr(bundled, name)
    parts = [getattr(each, name) for each in bundled]

    for part, each in zip(parts, bundled, strict=True):
        assert part.index.tolist() == list(range(len(part)))
        assert set(part["recording"]) <= {each.id}
    pd.testing.assert_frame_equal(pd.concat(parts, ignore_index=True), whole)


def test_a_recordings_problems(two_folders: Path) -> None:
    (two_folders / "a" / "bad.json").write_text(json.dumps(stream(says("a"), 5)))
    corpus = recexplore.load(two_folders)

    assert corpus["bad"].problems["chunk"].tolist() == [1]
    assert corpus["other"].problems.empty


def test_facts(bundled: Corpus) -> None:
    assert bundled["f6960"].facts["recording"] == "f6960cae871e"
    assert bundled["f6960"].facts.index.tolist() == list(FRAMES["recordings"].names)


def test_facts_are_a_row_cell_by_cell(made: Corpus) -> None:
    for each in made:
        facts, row = each.facts, each.recordings.iloc[0]
        pd.testing.assert_series_equal(facts, row)
        assert list(map(type, facts)) == list(map(type, row))


def test_facts_are_a_copy(bundled: Corpus) -> None:
    own = bundled["f6960"]
    facts = own.facts
    facts["path"] = "elsewhere"
    assert own.facts["path"] == bundled["f6960"].facts["path"] != "elsewhere"


def test_the_request(bundled: Corpus) -> None:
    assert bundled["94d11daee205"].request == {
        "model": "gpt-5-mini",
        "messages": [{"role": "user", "content": "What is the name of the US captial?"}],
        "n": 2,
        "stream": True,
    }


def test_raw_chunks(bundled: Corpus, bundled_folder: Path) -> None:
    body = json.loads((bundled_folder / "94d11daee205.json").read_bytes())["response"]["body"]
    found = bundled["94d11daee205"]

    assert [found.raw(at) for at in range(43)] == [item["__data__"] for item in body]


@pytest.mark.parametrize("chunk", [-1, 43, 1000])
def test_a_raw_chunk_that_is_none(bundled: Corpus, chunk: int) -> None:
    with pytest.raises(IndexError, match="94d11daee205 has the chunks 0 to 42"):
        bundled["94d11daee205"].raw(chunk)


def test_a_recording_without_a_chunk(read) -> None:
    empty = next(iter(read(stream())))

    with pytest.raises(IndexError, match="has no chunk"):
        empty.raw(0)
    with pytest.raises(LookupError, match=r"has the choices \[\]"):
        empty.text()
    assert repr(empty) == "Recording recording: m, 0 choices, 0 chunks, 0 events"


def test_a_choice_that_is_none(bundled: Corpus) -> None:
    with pytest.raises(RecordingNotFound, match=r"has the choices \[0, 1\], not 2"):
        bundled["94d11daee205"].text(2)


def test_a_recording_describes_itself(bundled: Corpus, read) -> None:
    assert repr(bundled["94d11"]) == "Recording 94d11daee205: gpt-5-mini-2025-08-07, 2 choices, 43 chunks, 43 events"
    document = recording(["x"], request={})
    del document["request"]["model"]
    assert repr(next(iter(read(document)))) == "Recording recording: no model, 0 choices, 1 chunk, 1 event"


# --- the file behind it ----------------------------------------------------------------------------------------------


def test_a_file_that_is_gone(two_folders: Path) -> None:
    corpus = recexplore.load(two_folders)
    os.remove(two_folders / "b" / "other.json")

    assert corpus["other"].text() == "b/other!"
    with pytest.raises(SourceChanged, match=r"other\.json cannot be read any more"):
        corpus["other"].raw(0)
    with pytest.raises(SourceChanged, match=r"other\.json"):
        _ = corpus["other"].request


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello",
        b'{"a": 1}',
        json.dumps(stream(says("b/other"))).encode(),
        json.dumps(stream(says("b/other"), says("!"), says("?"))).encode(),
        json.dumps(stream(says("b/other"), says("?"))).encode(),
        json.dumps(stream(says("something else"), says("!"))).encode(),
    ],
    ids=["empty", "no JSON", "foreign", "a chunk less", "a chunk more", "another character", "another text"],
)
def test_a_file_that_changed(two_folders: Path, content: bytes) -> None:
    corpus = recexplore.load(two_folders)
    (two_folders / "b" / "other.json").write_bytes(content)

    with pytest.raises(SourceChanged, match=r"other\.json is not what was loaded any more"):
        corpus["other"].raw(0)


def test_a_file_that_changed_while_it_was_read_from(two_folders: Path) -> None:
    corpus = recexplore.load(two_folders)
    first = corpus["other"].raw(0)
    (two_folders / "b" / "other.json").write_bytes(json.dumps(stream(says("x"), says("y"))).encode())

    with suppress(SourceChanged):
        assert corpus["other"].raw(0) == first


def test_a_file_that_is_back_is_read_again(two_folders: Path) -> None:
    corpus = recexplore.load(two_folders)
    path = two_folders / "b" / "other.json"
    data = path.read_bytes()
    path.write_bytes(b"x")
    with pytest.raises(SourceChanged):
        corpus["other"].raw(0)
    path.write_bytes(data)

    assert corpus["other"].raw(1) == says("!")


def test_recordings_compare_by_what_they_are(bundled: Corpus) -> None:
    assert isinstance(bundled["94d"], Recording)
    assert bundled["94d"].id == bundled["94d11daee205"].id


def test_position_is_the_row_of_the_recording(bundled: Corpus) -> None:
    for each in bundled:
        assert bundled.recordings["recording"].iloc[each.position] == each.id
