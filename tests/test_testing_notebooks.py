"""nbval with numbers that may differ in rounding, and in nothing else."""

from __future__ import annotations

import base64
import json
import math
import re
import subprocess
import sys
from copy import deepcopy
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import plotly.graph_objects as go
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recexplore.testing.number_tolerance import RELATIVE, json_differences, text_as_kept

pytestmark = pytest.mark.long

pytest_plugins = ["pytester"]

NEAR, FAR = 1 + RELATIVE / 2, 1 + 1e-6


def array(values: Any, dtype: str = "f8", **more: Any) -> dict[str, Any]:
    """A typed array as plotly writes it."""
    return {"dtype": dtype, "bdata": base64.b64encode(np.array(values, dtype).tobytes()).decode(), **more}


def test_typed_arrays_here_are_those_of_plotly() -> None:
    assert go.Figure(go.Scatter(x=np.array([0.5, math.nan]))).to_dict()["data"][0]["x"] == array([0.5, math.nan])


floats = st.floats(allow_nan=False, allow_infinity=False)
plain = st.none() | st.booleans() | st.integers() | floats | st.text(max_size=4)
documents = st.recursive(
    plain | st.lists(floats, max_size=4).map(array),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=12,
)


@given(documents, documents)
def test_json_differs_unless_it_is_equal_or_nearly(kept: Any, fresh: Any) -> None:
    assert not list(json_differences(kept, deepcopy(kept)))
    if json.dumps(kept, sort_keys=True) != json.dumps(fresh, sort_keys=True) and not nearly(kept, fresh):
        assert list(json_differences(kept, fresh))


def nearly(kept: Any, fresh: Any) -> bool:
    """Slowly and one by one, what the comparison does."""
    if isinstance(kept, dict) and isinstance(fresh, dict):
        if "bdata" in kept and "bdata" in fresh:
            pair = [np.frombuffer(base64.b64decode(each["bdata"])).tolist() for each in (kept, fresh)]
            return nearly(*pair)
        return kept.keys() == fresh.keys() and all(nearly(kept[key], fresh[key]) for key in kept)
    if isinstance(kept, list) and isinstance(fresh, list):
        return len(kept) == len(fresh) and all(map(nearly, kept, fresh))
    if isinstance(kept, bool) or isinstance(fresh, bool):
        return kept is fresh
    if isinstance(kept, float) and isinstance(fresh, float):
        return kept == fresh or (not (kept.is_integer() and fresh.is_integer()) and math.isclose(kept, fresh))
    return bool(kept == fresh)


@given(floats.filter(lambda number: 1e-300 < abs(number) < 1e308), st.booleans())
def test_a_last_bit_agrees_and_a_millionth_does_not(number: float, up: bool) -> None:
    moved = math.nextafter(number, math.inf if up else -math.inf)
    for kept, near, far in (
        ({"y": number}, {"y": moved}, {"y": number * FAR}),
        ({"y": [1, number]}, {"y": [1, moved]}, {"y": [1, number * FAR]}),
        (array([0.0, number]), array([0.0, moved]), array([0.0, number * FAR])),
    ):
        assert not list(json_differences(kept, near))
        assert len(list(json_differences(kept, far))) == 1
    text = f"x {number!r}\n"
    if "." in repr(number) or "e" in repr(number):
        assert text_as_kept(text, f"x {moved!r}\n") == text
        assert text_as_kept(text, f"x {number * FAR!r}\n") != text


DIFFERENT: list[tuple[Any, Any, str]] = [
    ({"a": 1}, {}, "a: only in the notebook"),
    ({}, {"b": 1}, "b: not in the notebook"),
    ({"x": [0.5]}, {"x": [0.5, 0.5]}, "x: 1 items in the notebook, 2 now"),
    ({"x": [0.5]}, {"x": {"0": 0.5}}, "x: [0.5] in the notebook, {'0': 0.5} now"),
    ([7], [8], "[0]: 7 in the notebook, 8 now"),
    ([2**60], [2**60 + 1], f"[0]: {2**60} in the notebook, {2**60 + 1} now"),
    ([4e9], [4e9 + 1], "[0]: 4000000000.0 in the notebook, 4000000001.0 now"),
    ([1], [True], "[0]: 1 in the notebook, True now"),
    ([0.5], [None], "[0]: 0.5 in the notebook, None now"),
    ([0.5], ["0.5"], "[0]: 0.5 in the notebook, '0.5' now"),
    ([0.0], [1e-17], "[0]: 0.0 in the notebook, 1e-17 now"),
    ([math.nan], [0.5], "[0]: nan in the notebook, 0.5 now"),
    ([math.inf], [1.7e308], "[0]: inf in the notebook, 1.7e+308 now"),
    ([math.inf], [-math.inf], "[0]: inf in the notebook, -inf now"),
    (["0.1"], ["0.1000000000000000055"], "[0]: '0.1' in the notebook, '0.1000000000000000055' now"),
    ({"y": array([0.25, 0.5])}, {"y": array([0.25, 0.5 * FAR])}, "y[1]: 0.5 in the notebook, 0.5000005 now"),
    (array([math.nan]), array([0.5]), "[0]: nan in the notebook, 0.5 now"),
    (array([0.5]), array([0.5, 0.5]), ": an array of 1 float64 in the notebook, an array of 2 float64 now"),
    (array([1.0]), array([1], "i1"), ": an array of 1 float64 in the notebook, an array of 1 int8 now"),
    (array([1, 2], "i4"), array([1, 3], "i4"), "[1]: 2 in the notebook, 3 now"),
    (
        array([[1.5], [2.5]], shape="2, 1"),
        array([[1.5, 2.5]], shape="1, 2"),
        ": an array of 2 by 1 float64 in the notebook, an array of 1 by 2 float64 now",
    ),
    (array([[1.5], [2.5]], shape="2, 1"), array([[1.5], [2.6]], shape="2, 1"), "[1][0]: 2.5 in the notebook, 2.6 now"),
    (array([0.5], "f4"), array([0.5 * FAR], "f4"), "[0]: 0.5 in the notebook, 0.5000004768371582 now"),
    (array([1.5]), array([1.5]) | {"dtype": "f9"}, "dtype: 'f8' in the notebook, 'f9' now"),
    (array([1.5]), array([1.5]) | {"bdata": "???"}, "bdata: 'AAAAAAAA+D8=' in the notebook, '???' now"),
    (array([1.5]), array([1.5], unit="s"), "unit: not in the notebook"),
]


@pytest.mark.parametrize(("kept", "fresh", "told"), DIFFERENT, ids=lambda value: str(value)[:40])
def test_real_differences_are_told(kept: Any, fresh: Any, told: str) -> None:
    assert list(json_differences(kept, fresh)) == [told]
    assert len(list(json_differences(fresh, kept))) == 1
    assert not list(json_differences(kept, deepcopy(kept)))


def test_nan_of_any_sign_and_single_precision_agree() -> None:
    assert array([math.nan]) != array([-math.nan])
    assert not list(json_differences(array([math.nan, 0.0]), array([-math.nan, -0.0])))
    one_third = np.float32(1 / 3)
    assert not list(json_differences(array([one_third], "f4"), array([np.nextafter(one_third, np.float32(1))], "f4")))


@pytest.mark.parametrize(
    ("kept", "fresh"),
    [
        ("0.3", "0.30000000000000004"),
        ("<td>0.125</td><td>7</td>", "<td>0.12500000000000003</td><td>7</td>"),
        ("(-1.5e-07, +2.5)", "(-1.5000000000000002e-07, +2.5000000000000004)"),
        ("one third is .3333333333333333.", "one third is .33333333333333337."),
        ("[1.1 1.0]", "[1.1 1.0000000000000002]"),
        ("3e-05%", "3.0000000000000004e-05%"),
    ],
)
def test_rounding_in_a_text_is_as_it_was(kept: str, fresh: str) -> None:
    assert text_as_kept(kept, fresh) == kept
    assert text_as_kept(fresh, kept) == fresh


@pytest.mark.parametrize(
    ("kept", "fresh"),
    [
        ("0.5", "0.5000005"),
        ("0.5", "0.50"),
        ("1000000000000", "1000000000001"),
        ("4000000000.0", "4000000001.0"),
        ("0.5", "nan"),
        ("0.5 s", "0.5000000000000001 ms"),
        ("a 0.5", "a 0.5000000000000001 0.5"),
        ("v1.2", "v1.2000000000000002"),
        ("1.2.3", "1.2000000000000002.3"),
        ("10.25ms", "10.250000000000002ms"),
        ("x_0.5", "y_0.5"),
        ("0x1.8p1", "0x1.8000000000001p1"),
        ("f27e1", "f27e2"),
    ],
)
def test_other_differences_in_a_text_stay(kept: str, fresh: str) -> None:
    assert text_as_kept(kept, fresh) != kept


def notebook(source: str, *outputs: Any) -> str:
    cell = nbformat.v4.new_code_cell(source, execution_count=1, outputs=list(outputs))
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return nbformat.writes(nbformat.v4.new_notebook(cells=[cell], metadata={"kernelspec": kernel}))


SOURCE = """
import json
from IPython.display import display
print("printed", 0.1 + 0.2)
display({"application/vnd.plotly.v1+json": json.loads(%r), "text/html": "<td>0.30000000000000004</td>"}, raw=True)
0.1 + 0.2, 7
"""
FIGURE = {"data": [{"type": "scatter", "x": [0.1 + 0.2, 1], "y": array([1 / 3, math.nan])}], "layout": {"height": 300}}


def outputs(figure: Any, number: str, integer: int = 7) -> list[Any]:
    data = {"application/vnd.plotly.v1+json": figure, "text/html": f"<td>{number}</td>"}
    return [
        nbformat.v4.new_output("stream", name="stdout", text=f"printed {number}\n"),
        nbformat.v4.new_output("display_data", data),
        nbformat.v4.new_output("execute_result", {"text/plain": f"({number}, {integer})"}, execution_count=1),
    ]


def figure(third: float = 1 / 3, x: float = 0.3, **layout: Any) -> Any:
    data = [{"type": "scatter", "x": [x, 1], "y": array([third, math.nan])}]
    return {"data": data, "layout": {"height": 300, **layout}}


PLUGIN = ("-p", "recexplore.testing.notebooks")


def test_nbval_passes_over_rounding_and_over_nothing_else(pytester: pytest.Pytester) -> None:
    cases = {
        "same": outputs(FIGURE, "0.30000000000000004"),
        "rounded": outputs(figure(math.nextafter(1 / 3, 1)), "0.3"),
        "array": outputs(figure(1 / 3 * FAR), "0.3"),
        "missing": outputs(figure(math.nan), "0.3"),
        "list": outputs(figure(x=0.3 * FAR), "0.3"),
        "key": outputs(figure(width=300), "0.3"),
        "text": outputs(figure(), "0.3000003"),
        "integer": outputs(figure(), "0.3", 8),
        "fewer": outputs(figure(), "0.3")[:2],
    }
    for name, kept in cases.items():
        Path(f"{name}.ipynb").write_text(notebook(SOURCE % json.dumps(FIGURE), *kept), encoding="utf-8")
    done = pytester.runpytest_subprocess(*PLUGIN, "--nbval", "-p", "no:cacheprovider", "-v", "--color=no")
    verdicts = dict(re.findall(r"^(\w+)::ipynb::Cell 0 (\w+)", done.stdout.str(), re.MULTILINE))
    assert verdicts == {name: "PASSED" if name in ("same", "rounded") else "FAILED" for name in cases}
    told = f"data[0].y[0]: {1 / 3 * FAR!r} in the notebook, {1 / 3!r} now", "layout.width: only in the notebook"
    assert {f"application/vnd.plotly.v1+json {each}" for each in told} <= set(done.outlines)


@pytest.mark.thorough
def test_without_the_plugin_nbval_is_as_it_was(pytester: pytest.Pytester) -> None:
    kept = outputs(figure(math.nextafter(1 / 3, 1)), "0.3")
    Path("rounded.ipynb").write_text(notebook(SOURCE % json.dumps(FIGURE), *kept), encoding="utf-8")
    assert pytester.runpytest_subprocess("--nbval", "-p", "no:cacheprovider").ret == pytest.ExitCode.TESTS_FAILED


@pytest.mark.thorough
def test_many_places_are_not_all_told(pytester: pytest.Pytester) -> None:
    kept = nbformat.v4.new_output("display_data", {"application/json": list(range(40))})
    source = "from IPython.display import display\ndisplay({'application/json': list(range(1, 41))}, raw=True)"
    Path("many.ipynb").write_text(notebook(source, kept), encoding="utf-8")
    told = pytester.runpytest_subprocess(*PLUGIN, "--nbval", "-p", "no:cacheprovider").stdout.str()
    # Where CI is set, pytest repeats the whole message in its summary.
    report = told.partition("short test summary info")[0]
    assert report.count(" in the notebook, ") == 10
    assert "application/json differs in more than these places" in told


def test_where_nbval_is_not_used_the_plugin_does_nothing(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_one(): pass")
    result = pytester.runpytest_subprocess(*PLUGIN, "-p", "no:nbval", "-W", "error")
    result.assert_outcomes(passed=1)


def test_importing_it_loads_neither_pytest_nor_nbval() -> None:
    script = (
        "import sys, recexplore.testing\n"
        "assert not {'pytest', 'nbval', 'numpy'} & set(sys.modules)\n"
        "import recexplore.testing.notebooks\n"
        "assert 'nbval' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
