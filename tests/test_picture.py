"""The picture of the explorer that a saved notebook keeps."""

from __future__ import annotations

import io
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from synthetic import recording, says

import recexplore
from recexplore.corpus import Corpus
from recexplore.views.explorer.picture import HINT, browser, still_page, still_picture


def page_of(corpus: Corpus, recording: str, chunk: int = 0) -> str:
    return still_page(recexplore.explore(corpus).answers, recording, chunk)


def test_a_page_has_all_its_answers_with_it(bundled: Corpus) -> None:
    page = page_of(bundled, "f27523f3fec8", 81)
    assert re.findall(r"(?:src|href)=", page.split("const modules")[0]) == []
    assert "The Sun in, Latin" in page
    assert "Content-Security-Policy" in page
    assert HINT in page


def test_recorded_text_ends_no_script(read: Any) -> None:
    words = "</script><script>alert(1)</script><!--\u2028"
    (one,) = read(recording([says(words)]))
    page = page_of(one.corpus, one.id)
    body = page[page.index("const { opening, answers }") :]
    assert body.count("</script>") == 1
    assert "<!--" not in body
    assert "\u2028" not in body


def test_without_a_browser_there_is_no_picture(monkeypatch: pytest.MonkeyPatch, bundled: Corpus) -> None:
    monkeypatch.setenv("BROWSER_PATH", "/nowhere/chrome")
    assert still_picture(page_of(bundled, "f27523f3fec8")) is None


def test_a_browser_that_fails_gives_no_picture(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, bundled: Corpus
) -> None:
    broken = tmp_path / "chrome"
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setenv("BROWSER_PATH", str(broken))
    assert still_picture(page_of(bundled, "f27523f3fec8")) is None


@pytest.mark.skipif(browser() is None, reason="no Chromium or Chrome found; `make test` installs one")
@pytest.mark.parametrize(("name", "chunk"), [("f27523f3fec8", 81), ("bad-request", 0), ("whole-answer", 0)])
def test_a_picture_shows_the_recording(all_recordings: Corpus, name: str, chunk: int) -> None:
    from PIL import Image

    picture = still_picture(page_of(all_recordings, name, chunk))
    assert picture is not None
    with Image.open(io.BytesIO(picture)) as image:
        assert image.size == (1180, 786)
        colours = {colour for _, colour in image.convert("RGB").getcolors(1 << 24) or ()}
    blue_of_content = (59, 125, 216)
    assert len(colours) > 50
    assert blue_of_content in colours


def test_a_cell_shows_a_picture_beside_the_widget(monkeypatch: pytest.MonkeyPatch, bundled: Corpus) -> None:
    import plotly.io as pio

    shown = SimpleNamespace(pages=[])

    def picture(page: str) -> bytes | None:
        shown.pages.append(page)
        return b"png" if len(shown.pages) == 1 else None

    monkeypatch.setattr("recexplore.views.explorer.widget.still_picture", picture)
    explorer = recexplore.explore(bundled, "f27523", chunk=81)
    monkeypatch.setattr(pio.renderers, "default", "plotly_mimetype+png")
    assert explorer._repr_mimebundle_()["image/png"] == "cG5n"
    shown_as_text = explorer._repr_mimebundle_()["text/plain"].splitlines()
    assert shown_as_text == ["Explorer of 5 recordings, showing f27523f3fec8, chunk 81", HINT]
    # Without a browser a figure that JupyterLab can draw.
    assert "application/vnd.plotly.v1+json" in explorer._repr_mimebundle_()
    monkeypatch.setattr(pio.renderers, "default", "plotly_mimetype")
    assert set(explorer._repr_mimebundle_()) == {
        "text/plain",
        "application/vnd.jupyter.widget-view+json",
        "application/vnd.recexplore.explorer+json",
    }
    assert len(shown.pages) == 3


@pytest.mark.parametrize(("name", "sign"), [("html", 'src="data:image/png;base64,cG5n'), ("markdown", "![png](")])
def test_nbconvert_shows_the_picture_of_a_saved_notebook(name: str, sign: str) -> None:
    import nbconvert
    from nbformat import v4

    shown = {
        "application/vnd.jupyter.widget-view+json": {"model_id": "gone", "version_major": 2, "version_minor": 1},
        "application/vnd.recexplore.explorer+json": {},
        "image/png": "cG5n",
        "text/plain": "Explorer of 5 recordings",
    }
    cell = v4.new_code_cell("rx.explore(corpus)", outputs=[v4.new_output("display_data", shown)])
    page, _ = nbconvert.get_exporter(name)().from_notebook_node(v4.new_notebook(cells=[cell]))
    assert sign in page
    assert "Explorer of" not in page
    assert "model_id" not in page
