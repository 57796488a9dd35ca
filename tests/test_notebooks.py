"""The notebooks in the repository are run, clean and show something.

What they show is compared by nbval, which does not compare a cell that was never run; so that is checked here, and so
is all that would make them differ between two machines.
"""

from __future__ import annotations

import base64
import importlib.util
import io
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any
from xml.etree import ElementTree

import bake
import nbformat
import pytest
from PIL import Image, ImageDraw

FOLDER = bake.FOLDER
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
MACHINE_PATH = re.compile(r"(?:file://|(?<![\w+/.=]))/(?:home|root|work|Users|tmp)\b")


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.name)
def notebook(request: pytest.FixtureRequest) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(request.param.read_text(encoding="utf-8"))
    return loaded


def code_cells(notebook: dict[str, Any]) -> list[dict[str, Any]]:
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def outputs(notebook: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for cell in code_cells(notebook):
        yield from cell["outputs"]


def mime_types(notebook: dict[str, Any]) -> set[str]:
    return {mime for output in outputs(notebook) for mime in output.get("data", {})}


def test_the_explorer_is_there() -> None:
    assert "01_explore.ipynb" in [path.name for path in NOTEBOOKS]


def test_every_cell_was_run_in_order(notebook: dict[str, Any]) -> None:
    counts = [cell["execution_count"] for cell in code_cells(notebook)]
    assert counts == list(range(1, len(counts) + 1)), (
        "run it from top to bottom and leave no empty cell: make notebooks"
    )


def test_no_cell_failed_or_warned(notebook: dict[str, Any]) -> None:
    assert [
        output for output in outputs(notebook) if output["output_type"] == "error" or output.get("name") == "stderr"
    ] == []


def test_every_notebook_shows_a_picture(notebook: dict[str, Any]) -> None:
    assert "image/png" in mime_types(notebook)


def test_no_picture_of_a_kind_that_nobody_compares(notebook: dict[str, Any]) -> None:
    assert {mime for mime in mime_types(notebook) if mime.startswith("image/")} <= {"image/png", "image/svg+xml"}


def test_no_widget_state_is_kept(notebook: dict[str, Any]) -> None:
    assert "widgets" not in notebook["metadata"]
    assert bake.WIDGET_VIEW not in mime_types(notebook)


def test_no_path_of_a_machine_is_kept(notebook: dict[str, Any]) -> None:
    shown = [
        {mime: value for mime, value in output.get("data", {}).items() if not mime.startswith("image/")}
        or output.get("text")
        for output in outputs(notebook)
    ]
    assert MACHINE_PATH.findall(json.dumps(shown, ensure_ascii=False)) == []


def test_what_is_kept_is_clean(notebook: dict[str, Any]) -> None:
    text = json.dumps(notebook)
    again = json.loads(bake.clean(nbformat.reads(text, as_version=4)))
    assert again == notebook, "saved from an editor: make notebooks"
    assert [cell["id"] for cell in notebook["cells"]] == [f"cell-{number}" for number in range(len(notebook["cells"]))]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("/home/ann/x", True),
        ("'/tmp'", True),
        (f"File /{'root'}/a.py", True),
        ("file:///Users/ann", True),
        ("recordings/home", False),
        ("https://example.org/home", False),
        ("x+/tmp/aGVsbG8=", False),
    ],
)
def test_paths_of_a_machine_are_recognised(text: str, found: bool) -> None:
    assert bool(MACHINE_PATH.search(text)) is found


# How nbval is told about pictures: notebooks/conftest.py


@pytest.fixture(scope="module")
def hooks() -> ModuleType:
    spec = importlib.util.spec_from_file_location("notebooks_conftest", FOLDER / "conftest.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Item:
    """As much of nbval's cell as the comparison touches."""

    def __init__(self) -> None:
        self.comparison_traceback: list[str] = []


def shown(*pngs: str) -> list[dict[str, Any]]:
    return [{"output_type": "display_data", "data": {"image/png": png, "text/plain": "a figure"}} for png in pngs]


def test_pictures_are_compared_beside_all_else(hooks: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    def difference(old: str, new: str, *, is_page: bool) -> str | None:
        return None if old == new else f"{old} is not {new}{' on a page' if is_page else ''}"

    monkeypatch.setattr(hooks.pictures, "difference", difference)

    def verdict(
        fresh: list[dict[str, Any]], baked: list[dict[str, Any]], others_agree: bool = True
    ) -> tuple[bool, list[str]]:
        item = Item()
        agree = hooks.compare_outputs(item, lambda *_: others_agree, fresh, baked)
        return agree, item.comparison_traceback

    assert verdict(shown("a", "b"), shown("a", "b")) == (True, [])
    assert verdict(shown("a", "x"), shown("a", "b")) == (False, ["picture 2: b is not x"])
    assert verdict(shown("a"), shown("a", "b")) == (False, ["the notebook has 2 pictures here, running it gives 1"])
    assert verdict(shown("a"), shown("a"), others_agree=False) == (False, [])
    (page,), (fresh,) = shown("a"), shown("x")
    for each in (page, fresh):
        each["data"]["application/vnd.recexplore.explorer+json"] = {}
    assert verdict([fresh], [page]) == (False, ["picture 1: a is not x on a page"])
    assert verdict([{"output_type": "stream", "name": "stdout", "text": "x"}], []) == (True, [])


def drawing(*points: tuple[int, int]) -> str:
    image = Image.new("RGB", (400, 300), "white")
    ImageDraw.Draw(image).line(points, fill="#636efa", width=2)
    file = io.BytesIO()
    image.save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


DRAWN: dict[str, list[tuple[int, int]]] = {
    "same": [(20, 20), (380, 280)],
    "blank": [],
    "other": [(20, 280), (380, 20)],
}


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What nbval says of notebooks that show one picture and draw another, by the name of what they draw."""
    folder = tmp_path_factory.mktemp("compared")
    baked = drawing(*DRAWN["same"])
    for name, points in DRAWN.items():
        cell = nbformat.v4.new_code_cell(
            "from IPython.display import display\n"
            f"display({{'image/png': '{drawing(*points)}', 'text/plain': 'x'}}, raw=True)",
            execution_count=1,
            outputs=[nbformat.v4.new_output("display_data", {"image/png": baked, "text/plain": "x"})],
        )
        notebook = nbformat.v4.new_notebook(cells=[cell], metadata={"kernelspec": bake.KERNEL})
        (folder / f"{name}.ipynb").write_text(nbformat.writes(notebook), encoding="utf-8")
    (folder / "conftest.py").write_text((FOLDER / "conftest.py").read_text(encoding="utf-8"), encoding="utf-8")
    (folder / "pytest.ini").write_text(f"[pytest]\npythonpath = {Path(bake.__file__).parent}\n", encoding="utf-8")
    files = [f"{name}.ipynb" for name in DRAWN]
    command = [sys.executable, "-m", "pytest", "--nbval", "-p", "no:cacheprovider", "--junit-xml=out.xml", *files]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    cases = ElementTree.parse(folder / "out.xml").iter("testcase")
    return {
        case.attrib["classname"].removesuffix(".ipynb"): "".join(failure.text or "" for failure in case.iter("failure"))
        for case in cases
    }


@pytest.mark.parametrize("name", DRAWN)
def test_nbval_itself_fails_on_another_picture(name: str, compared: dict[str, str]) -> None:
    assert compared.keys() == DRAWN.keys()
    assert ("of the coloured ink is lost" in compared[name]) is (name != "same")
    assert bool(compared[name]) is (name != "same")
