"""The explorer's wiring, without a browser (that is ``test_explorer_in_browser``)."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from synthetic import recording, says

import recexplore
from recexplore.corpus import Corpus
from recexplore.views.explorer import Explorer


@pytest.fixture
def explorer(bundled: Corpus) -> Explorer:
    return recexplore.explore(bundled, "f27523", chunk=81)


def test_opens_where_it_is_told(explorer: Explorer) -> None:
    assert explorer.recording is not None
    assert (explorer.recording.id, explorer.chunk) == ("f27523f3fec8", 81)
    assert json.loads(explorer._reader.raw) == explorer.recording.raw(81)
    assert explorer._head.view["question"] == "What's the name of the Sun in latin?"


def test_opens_at_the_first_recording_with_everything_arrived(bundled: Corpus) -> None:
    explorer = recexplore.explore(bundled)
    assert repr(explorer) == "Explorer of 5 recordings, showing 007c4711219f, chunk 33"


def test_choosing_in_the_table_shows_the_recording(explorer: Explorer) -> None:
    explorer._picker.selected = "94d11daee205"
    assert explorer.recording is not None
    assert explorer.recording.id == "94d11daee205"
    assert [answer["name"] for answer in explorer._reader.answers] == ["choice 0", "choice 1"]
    assert len(explorer._figure.layout.yaxis.ticktext) == 3
    assert explorer._reader.n_chunks == 43


def test_choosing_a_chunk_shows_its_json_and_moves_the_cursor(explorer: Explorer) -> None:
    explorer._reader.chunk = 1
    assert json.loads(explorer._reader.raw) == explorer.recording.raw(1)  # type: ignore[union-attr]
    assert explorer._figure.layout.shapes[0].x0 == 1
    assert "chunk 1" in explorer._figure.layout.annotations[0].text


def test_clicking_a_block_chooses_its_chunk(explorer: Explorer) -> None:
    trace = next(trace for trace in explorer._figure.data if trace.name == "content")
    explorer._on_click(trace, SimpleNamespace(point_inds=[0]), None)
    assert explorer.chunk == 3
    explorer._on_click(trace, SimpleNamespace(point_inds=[]), None)
    assert explorer.chunk == 3


def test_follows_the_page_into_the_dark(explorer: Explorer) -> None:
    before = explorer._figure.layout.template.layout.font.color
    explorer._head.dark = True
    assert explorer._figure.layout.template.layout.font.color != before


def test_text_of_the_reader_is_the_recorded_text(explorer: Explorer) -> None:
    for number, answer in enumerate(explorer._reader.answers):
        kinds = ("content", "reasoning", "tag")
        text = "".join(text for _, kind, text in answer["pieces"] if kind in kinds)
        assert text == explorer.recording.text(number)  # type: ignore[union-attr]


def test_chunk_that_is_not_there(bundled: Corpus) -> None:
    with pytest.raises(IndexError, match="86 chunks"):
        recexplore.explore(bundled, "f27523", chunk=86)


def test_wants_a_corpus(bundled_folder: Path) -> None:
    with pytest.raises(TypeError, match=r"recexplore\.load"):
        recexplore.explore(str(bundled_folder))  # type: ignore[arg-type]


def test_empty_corpus_says_so(tmp_path: Path) -> None:
    explorer = recexplore.explore(recexplore.load(tmp_path))
    assert "empty" in explorer._picker.note
    assert "0 recordings" in repr(explorer)


def test_problems_are_noted(tmp_path: Path, bundled_folder: Path) -> None:
    shutil.copy(bundled_folder / "94d11daee205.json", tmp_path)
    (tmp_path / "broken.json").write_text("{")
    explorer = recexplore.explore(recexplore.load(tmp_path))
    assert "1 problem while reading" in explorer._picker.note


def test_file_that_is_gone_is_said_where_its_chunk_would_be(tmp_path: Path, bundled_folder: Path) -> None:
    path = Path(shutil.copy(bundled_folder / "94d11daee205.json", tmp_path))
    corpus = recexplore.load(tmp_path)
    path.unlink()
    explorer = recexplore.explore(corpus)
    assert "cannot be shown" in explorer._reader.raw
    assert "cannot be shown" in explorer._head.view["question"]


def test_opens_every_kind_of_recording(made: Corpus) -> None:
    explorer = recexplore.explore(made)
    for each in made:
        explorer.select(each.id)
        assert explorer._head.view["id"] == each.id
    explorer.select("bad-request")
    assert ["error", "Error code: 400 - the image is not valid"] in explorer._head.view["facts"]
    assert explorer._reader.answers == []


def test_picture_comes_only_where_the_renderer_makes_pictures(explorer: Explorer, monkeypatch: Any) -> None:
    import plotly.io as pio

    monkeypatch.setattr(pio.renderers, "default", "plotly_mimetype")
    assert set(explorer._repr_mimebundle_()) == {"text/plain", "application/vnd.jupyter.widget-view+json"}


def test_axes_come_back_after_a_recording_without_an_answer(made: Corpus) -> None:
    explorer = recexplore.explore(made, "bad-request")
    explorer.select("three-way")
    layout = explorer._figure.layout
    assert layout.xaxis.visible
    assert layout.yaxis.visible
    assert [shape.type for shape in layout.shapes] == ["line"]
    assert len(layout.annotations) == 1


def test_half_a_character_is_shown_escaped(read: Any) -> None:
    document = recording([says("a\ud83d")], request={"messages": [{"role": "user", "content": "q\ud83d"}]})
    explorer = recexplore.explore(read(document))
    assert "\\ud83d" in explorer._reader.raw
    assert explorer._head.view["question"] == "q\ufffd"
    explorer._reader.raw.encode()


def test_a_chunk_the_page_still_thought_of_is_clamped(explorer: Explorer) -> None:
    explorer._reader.chunk = 500
    assert explorer.chunk == 85


def test_a_step_that_arrives_after_another_recording_was_chosen_is_none(explorer: Explorer) -> None:
    explorer._reader.stepped = {"recording": "f27523f3fec8", "chunk": 40}
    assert explorer.chunk == 40
    explorer.select("94d11daee205")
    explorer._reader.stepped = {"recording": "f27523f3fec8", "chunk": 15}
    assert explorer.chunk == 42
