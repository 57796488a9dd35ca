"""The notebooks show the same bytes on every processor, in every locale, time zone, terminal and order of hashes.

`notebook_outputs` runs their code in child processes; here what one shows under the usual settings is compared with what the
others show, every figure's JSON and every table and text, byte for byte. Two of the proofs leave something open:

Another processor is this one with fewer features: numpy, Arrow and the C library are told to leave out what they choose at
run time. That stands for other processors as far as these choose among the same code.

Then every float of the frames is moved by a last bit, as another rounding would move it. Figures round what comes in to
twelve digits. Recorded times are decimals of nine places at most, which lie in the middle between two limits of rounding, or
differences of stamps that are multiples of 2**-22 s: one of these in about ten thousand is within a last bit of a limit
(`recexplore.views.figures.plotly_numbers`). So for the hundreds of times in the bundled recordings sameness is looked
at, for others it is very likely, and where a twelfth digit turns all the same a notebook still passes
(`recexplore.testing.notebooks`).
Tables print three to six digits of floats that nothing rounded before: the same holds of those. Zeros are not moved: no
rounding makes the smallest double of a zero.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import notebook_outputs
import numpy as np
import pytest

pytestmark = pytest.mark.long

USUAL = {"PYTHONHASHSEED": "0", "LC_ALL": "C.UTF-8", "TZ": "UTC", "COLUMNS": "120"}
FEATURES = np.show_config(mode="dicts")["SIMD Extensions"].get("found", [])
PLAIN_PROCESSOR = {
    "NPY_DISABLE_CPU_FEATURES": " ".join(FEATURES),
    "ARROW_USER_SIMD_LEVEL": "NONE",
    "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-FMA,-FMA4",
}
GERMAN = "de_DE.UTF-8"

ELSEWHERE = {"PYTHONHASHSEED": "1", "TZ": "Asia/Tokyo", "COLUMNS": "40"}

SETTINGS: dict[str, tuple[dict[str, str], list[str]]] = {
    "usual": ({}, []),
    "plain processor elsewhere, floats a last bit up": (
        {**PLAIN_PROCESSOR, **ELSEWHERE, "LC_ALL": GERMAN},
        ["--move", "up"],
    ),
    "plain processor": (PLAIN_PROCESSOR, []),
    "floats a last bit up": ({}, ["--move", "up"]),
    "floats a last bit apart": ({}, ["--move", "apart"]),
    "other hashes, Tokyo, a narrow terminal": (ELSEWHERE, []),
    "C locale, a wide terminal": ({"LC_ALL": "C", "COLUMNS": "200"}, []),
    "German locale": ({"LC_ALL": GERMAN}, []),
}
ONE_BY_ONE = [*SETTINGS][2:]
"""What the setting before holds together: says which of them it is."""
NAMES = [
    pytest.param(name, marks=[pytest.mark.thorough] * (name in ONE_BY_ONE)) for name in SETTINGS if name != "usual"
]


def run(environment: dict[str, str], options: list[str]) -> dict[str, Any]:
    command = [sys.executable, "-W", "error", notebook_outputs.__file__, *options]
    settings = {name: value for name, value in (os.environ | USUAL | environment).items() if value}
    done = subprocess.run(command, env=settings, capture_output=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr.decode()
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module")
def runs(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Future[dict[str, Any]]]]:
    """The outputs by setting, of the settings that are asked for and that this machine has; two processes at a time."""
    asked = {
        "usual",
        *(each.callspec.params.get("name") for each in request.session.items if hasattr(each, "callspec")),
    }
    with ThreadPoolExecutor(2) as pool, pytest.MonkeyPatch.context() as patch:
        if not is_known(GERMAN) and make_locale(GERMAN, folder := tmp_path_factory.mktemp("locales")):
            patch.setenv("LOCPATH", str(folder))
        wanted = [name for name in SETTINGS if name in asked and why_not(name) is None]
        yield {name: pool.submit(run, *had_here(name)) for name in wanted}


def is_known(name: str) -> bool:
    code = f"import locale; locale.setlocale(locale.LC_ALL, {name!r})"
    return subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode == 0


def make_locale(name: str, folder: Path) -> bool:
    language, _, encoding = name.partition(".")
    if (program := shutil.which("localedef")) is None:
        return False
    command = [program, "-i", language, "-f", encoding, folder / name]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def why_not(name: str) -> str | None:
    """Why a setting cannot be had on this machine."""
    if name == "plain processor" and not FEATURES:
        return "numpy found nothing on this processor that it could leave out"
    if name == "German locale" and not is_known(GERMAN):
        return f"the locale {GERMAN} is not installed, and localedef cannot make it"
    return None


def had_here(name: str) -> tuple[dict[str, str], list[str]]:
    """A setting, with what this machine has in the place of what it has not."""
    environment, options = SETTINGS[name]
    has_locale = environment.get("LC_ALL") != GERMAN or is_known(GERMAN)
    return (environment if has_locale else {**environment, "LC_ALL": "C"}), options


@pytest.mark.parametrize("name", NAMES)
def test_the_notebooks_show_the_same(name: str, runs: dict[str, Future[dict[str, Any]]]) -> None:
    if name not in runs:
        pytest.skip(why_not(name) or "")
    usual, other = runs["usual"].result(), runs[name].result()
    assert other["outputs"] == usual["outputs"]
    assert other["features"] == ([] if name.startswith("plain processor") else usual["features"])


def test_all_figures_of_the_notebooks_are_looked_at(runs: dict[str, Future[dict[str, Any]]]) -> None:
    outputs = runs["usual"].result()["outputs"]
    paths = sorted(notebook_outputs.NOTEBOOKS.glob("*.ipynb"))
    assert list(outputs) == [path.name for path in paths]
    for path in paths:
        assert [kinds(cell) for cell in outputs[path.name]] == list(baked_kinds(path)), path.name


def kinds(cell: dict[str, str]) -> set[str]:
    return set(cell) & {"figure", "html", "printed"}


def baked_kinds(notebook: Path) -> Iterator[set[str]]:
    """What the cells show, in the words of `notebook_outputs`, as it was baked."""
    words = {"application/vnd.plotly.v1+json": "figure", "text/html": "html"}
    for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            shown = {mime for output in cell["outputs"] for mime in output.get("data", ())}
            printed = {"printed" for output in cell["outputs"] if output.get("name") == "stdout"}
            yield {words[mime] for mime in shown if mime in words} | printed


@pytest.mark.parametrize(("way", "signs"), [("up", [1, 1, 1]), ("apart", [1, -1, 1])])
def test_floats_are_moved_by_a_last_bit(way: str, signs: list[int]) -> None:
    numbers = np.array([0.3, -2.5, 1e-9, 0.0, np.nan])
    moved = notebook_outputs._moved(numbers, way)
    assert (moved[:3] == numbers[:3] + np.spacing(np.abs(numbers[:3])) * signs).all()
    assert moved[3] == 0
    assert np.isnan(moved[4])
