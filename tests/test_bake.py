"""tools/bake.py: the same code gives the same bytes, and what differs from run to run is not kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import bake
import nbformat
import pictures
import pytest

v4 = nbformat.v4


def notebook(*cells: Any, **metadata: Any) -> Any:
    return v4.new_notebook(cells=list(cells), metadata=metadata)


def ran(*outputs: Any, **metadata: Any) -> Any:
    return v4.new_code_cell("x", id="cell-0", execution_count=1, outputs=list(outputs), metadata=metadata)


def cleaned(made: Any) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(bake.clean(made))
    return loaded


def test_widget_views_go_and_what_stands_beside_them_stays() -> None:
    slider = v4.new_output("display_data", {bake.WIDGET_VIEW: {"model_id": "1"}, "text/plain": "IntSlider()"})
    only = v4.new_output("display_data", {bake.WIDGET_VIEW: {"model_id": "2"}})
    made = cleaned(notebook(ran(slider, only), widgets={"state": {}}))
    assert [output["data"] for output in made["cells"][0]["outputs"]] == [{"text/plain": ["IntSlider()"]}]
    assert "widgets" not in made["metadata"]


def test_timings_and_versions_go_and_tags_stay() -> None:
    made = cleaned(
        notebook(
            ran(execution={"iopub.execute_input": "now"}, tags=["kept"], collapsed=True),
            kernelspec={"name": "mine", "display_name": "My 3.13", "language": "python"},
            language_info={"name": "python", "version": "3.13.1"},
        )
    )
    assert made["cells"][0]["metadata"] == {"tags": ["kept"]}
    assert made["metadata"] == {"kernelspec": bake.KERNEL, "language_info": bake.LANGUAGE}


def test_output_that_came_in_pieces_is_one() -> None:
    pieces = [v4.new_output("stream", name="stdout", text=text) for text in ("one\n", "two\n")]
    assert [output["text"] for output in cleaned(notebook(ran(*pieces)))["cells"][0]["outputs"]] == [["one\n", "two\n"]]


def test_a_notebook_that_warns_is_not_kept() -> None:
    with pytest.raises(bake.NotBaked, match="writes to standard error"):
        bake.clean(notebook(ran(v4.new_output("stream", name="stderr", text="FutureWarning"))))


def test_pictures_of_another_machine_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    def text(picture: str, other: str = "x") -> str:
        return bake.clean(notebook(ran(v4.new_output("display_data", {"image/png": picture, "text/plain": other}))))

    alike = {"b": None, "z": "another picture"}
    monkeypatch.setattr(pictures, "difference", lambda old, new, is_page: alike[new])
    assert bake.same(text("a"), text("b"))
    assert not bake.same(text("a"), text("z"))
    assert not bake.same(text("a"), text("b", other="y"))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = notebook(
        v4.new_markdown_cell("# A title"),
        v4.new_code_cell("import ipywidgets\nprint(1 + 1)\nipywidgets.IntSlider(value=3)"),
    )
    path = tmp_path / "small.ipynb"
    path.write_text(nbformat.writes(made), encoding="utf-8")
    return path


def test_bake_runs_writes_once_and_checks(path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert bake.main(["--check", str(path)]) == 1
    assert bake.main([str(path)]) == 0
    baked = path.read_bytes()
    written = path.stat().st_mtime_ns
    assert bake.main([str(path)]) == 0
    assert bake.main(["--check", str(path)]) == 0
    assert (path.read_bytes(), path.stat().st_mtime_ns) == (baked, written)
    printed = capfd.readouterr()
    assert printed.out.splitlines() == [
        "small.ipynb: would change; bake it: make notebooks",
        "small.ipynb: baked",
        "small.ipynb: unchanged",
        "small.ipynb: unchanged",
    ]
    # A kernel that ends may complain of its closed socket; that it warns of its set-up would be ours.
    assert "UserWarning" not in printed.err
    assert "encryption" not in printed.err
    assert baked.endswith(b"}\n")
    assert [cell["id"] for cell in json.loads(baked)["cells"]] == ["cell-0", "cell-1"]


def test_a_notebook_that_fails_is_left_as_it_was(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    broken = path.read_text(encoding="utf-8").replace("1 + 1", "1 / 0")
    path.write_text(broken, encoding="utf-8")
    assert bake.main([str(path)]) == 1
    assert path.read_text(encoding="utf-8") == broken
    assert "ZeroDivisionError" in capsys.readouterr().out


def test_only_the_drivers_own_noise_is_forgiven() -> None:
    noise = {"output_type": "stream", "name": "stderr", "text": "JSONError decoding message. Ignoring\nTraceback …"}
    assert bake.is_noise(noise)
    assert not bake.is_noise({**noise, "text": "UserWarning: something"})
    assert not bake.is_noise({**noise, "name": "stdout"})
